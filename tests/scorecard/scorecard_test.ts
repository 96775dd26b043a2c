/** Holds docs/security.md to what the attacks come to. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { testUnless, withoutLinux } from "../test_unless.ts";
import {
  ATTACKS,
  formatScorecard,
  namesIn,
  OUTLIVING_ATTACKS,
  type Tier,
} from "./attacks.ts";
import { hasBubblewrap } from "./has_bubblewrap.ts";
import { measure } from "./measure.ts";

async function readDocs(name: string): Promise<string> {
  const url = new URL(`../../docs/${name}`, import.meta.url);
  return (await Deno.readTextFile(url)).replaceAll("\r\n", "\n");
}

/** Compares what was measured with what the page says. */
async function checkTier(
  tier: Tier,
  only?: (name: string) => boolean,
): Promise<void> {
  const found = await measure(tier, only);
  const measured = [...ATTACKS, ...OUTLIVING_ATTACKS].flatMap(({ name }) => {
    const finding = found.get(name);
    return finding === undefined ? [] : [finding];
  });
  const differences = measured.filter(({ name, verdict }) =>
    [...ATTACKS, ...OUTLIVING_ATTACKS]
      .some((one) => one.name === name && one.expected[tier] !== verdict)
  );
  assertEquals(differences, []);
}

Deno.test("docs/security.md shows the scorecard", async () => {
  const expected = formatScorecard(({ expected }, tier) => expected[tier]);
  assertStringIncludes(await readDocs("security.md"), expected);
});

Deno.test("docs/subprocess.md shows the wrapper that the scorecard uses", async () => {
  const code = await Deno.readTextFile(
    new URL("in_bubblewrap.ts", import.meta.url),
  );
  const body = code.slice(code.indexOf("\n\n")).replace("export ", "").trim();
  assertStringIncludes(await readDocs("subprocess.md"), body);
});

const notHere = withoutLinux("every limit of a plugin's process");

testUnless(
  notHere,
  "a plugin in its own process comes to what the scorecard says",
  () => checkTier("subprocess"),
);

// The whole column is measured by `deno task scorecard`.
const LIVE_SAMPLE = [
  ...namesIn("Secrets and files"),
  ...namesIn("More permissions"),
  "check_flood",
  "host_socket",
  "heartbeat_busy",
];

testUnless(
  notHere,
  "a plugin in live mode comes to what the scorecard says",
  () => checkTier("live", (name) => LIVE_SAMPLE.includes(name)),
);

const noBubblewrap = notHere ??
  (await hasBubblewrap() ? undefined : "bubblewrap is not installed");

// The whole column is measured by `deno task scorecard`.
const SAMPLE = ["read_file", "network", "fill_disk", "heartbeat_child"];

testUnless(
  noBubblewrap,
  "a plugin in bubblewrap comes to what the scorecard says",
  () => checkTier("bubblewrap", (name) => SAMPLE.includes(name)),
);
