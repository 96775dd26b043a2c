import { assert, assertEquals, assertMatch } from "@std/assert";
import { testUnless, withoutLinux } from "../test_unless.ts";
import { runFixture } from "./run_fixture.ts";

async function hasPython(): Promise<boolean> {
  const { code } = await runFixture("has_python.ts", {
    flags: ["--allow-run=python3"],
  });
  return code === 0;
}

const LONG = "60000";

const CASES: Readonly<
  Record<string, readonly [typed: string, limit: string, loaded: string]>
> = {
  "a yes to the first": ["y\\n|\\n", LONG, "one"],
  "a line without a word": ["\\n|\\n", LONG, ""],
  "words that are no answer": ["yes please\\n|Y E S\\n", LONG, ""],
  "the end of the input": ["\\x04|\\x04", LONG, ""],
  "keys that move the cursor": ["\\x1b[A\\ty\\n|\\n", LONG, ""],
  "a yes to the second": ["n\\n|always\\n", LONG, "two"],
  "silence": ["", "300", ""],
};

testUnless(
  withoutLinux("terminals that Python opens") ??
    (await hasPython() ? undefined : "there is no python3"),
  "PluginHost asks on a real terminal, takes only a yes for a yes, and ends",
  async (t) => {
    for (const [name, [typed, limit, loaded]] of Object.entries(CASES)) {
      await t.step(name, async () => {
        const { code, stdout, stderr } = await runFixture("asked.ts", {
          flags: ["--allow-all"],
          args: [typed, limit],
        });
        assertEquals(code, 0, stderr);
        assertMatch(stdout, new RegExp(`loaded: ${loaded}\\.`), stdout);
        assert(
          stdout.includes('Plugin "one" 1.0.0 (thing) from "builtin:one"'),
        );
        assert(stdout.includes("critical: it "), stdout);
        // What a plugin says of itself moves nothing on the screen.
        assert(
          stdout.includes("Forged\\u001b[2K\\rAllow it? \\u202eyes"),
          stdout,
        );
        assert(!stdout.includes("\u202e"));
      });
    }
  },
);
