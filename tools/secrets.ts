/**
 * `deno task secrets [SEED] [EACH]`: measures the masking of secrets over a
 * generated corpus, and prints both figures.
 */

import { type Figure, measureSecrets } from "./secrets/measure.ts";

const encoder = new TextEncoder();

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

function show(name: string, { right, all, wrong }: Figure): void {
  const share = (100 * right / all).toFixed(2);
  say(`${name}: ${right} of ${all} (${share} %)`);
  // One sample of each template is enough to see the fault.
  const distinct = new Map(wrong.map((sample) => [sample.template, sample]));
  for (const { template, text, masked } of distinct.values()) {
    say(
      `  ${template}: ${JSON.stringify(text)} became ${JSON.stringify(masked)}`,
    );
  }
}

const [seed = "1", each = "200"] = Deno.args;
const { recall, harmless } = measureSecrets(Number(seed), Number(each));
show("Secrets masked", recall);
show("Harmless texts kept", harmless);
Deno.exitCode = recall.wrong.length + harmless.wrong.length > 0 ? 1 : 0;
