/** `deno task scorecard [NAME...]`: runs the attacks, and prints what became of them. */

import {
  ATTACKS,
  formatScorecard,
  OUTLIVING_ATTACKS,
  type Tier,
  TIERS,
} from "../tests/scorecard/attacks.ts";
import { hasBubblewrap } from "../tests/scorecard/has_bubblewrap.ts";
import { measure, verdictIn } from "../tests/scorecard/measure.ts";

const only = Deno.args.length === 0
  ? undefined
  : (name: string) => Deno.args.includes(name);
const measured = new Map<Tier, Awaited<ReturnType<typeof measure>>>();
const write = (text: string) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

for (const tier of TIERS) {
  if (tier === "bubblewrap" && !await hasBubblewrap()) {
    write("Bubblewrap cannot be used here: its column shows what is expected");
    continue;
  }
  const start = performance.now();
  measured.set(tier, await measure(tier, only));
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  write(`${tier}: ${seconds} s`);
}

let differences = 0;
for (const attack of [...ATTACKS, ...OUTLIVING_ATTACKS]) {
  for (const tier of TIERS) {
    const found = measured.get(tier)?.get(attack.name);
    if (found === undefined) continue;
    const isExpected = found.verdict === attack.expected[tier];
    if (!isExpected) differences++;
    if (isExpected && only === undefined) continue;
    write(
      `${attack.name}, ${tier}: ${found.verdict}` +
        `${isExpected ? "" : `, not ${attack.expected[tier]}`} (${found.why})`,
    );
  }
}
if (only === undefined) write(formatScorecard(verdictIn(measured)));
Deno.exitCode = differences === 0 ? 0 : 1;
