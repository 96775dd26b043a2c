import { assertEquals, assertStringIncludes } from "@std/assert";
import { runExample } from "../run_example.ts";

const MAIN = "examples/embedded/main.ts";
const input = "Ask ada@example.org.\nOr not.\n";

Deno.test("embedded/main.ts needs no permission", async () => {
  const { code, stderr, stdout } = await runExample(MAIN, [], { input });
  assertEquals([stdout, code], ["1  Ask [address].\n2  Or not.\n", 0]);
  assertStringIncludes(
    stderr,
    "PLUGIN_AUDIT: mask-addresses - addresses.masked",
  );
  assertEquals(stderr.includes("ada@"), false);
});

Deno.test("embedded/main.ts leaves out the named plugins", async () => {
  const { code, stdout } = await runExample(MAIN, [], {
    input,
    args: ["number-lines"],
  });
  assertEquals([stdout, code], ["Ask [address].\nOr not.\n", 0]);
});

Deno.test("embedded/main.ts explains an unknown name", async () => {
  const { code, stderr } = await runExample(MAIN, [], { args: ["nobody"] });
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Cannot disable plugin "nobody"');
  assertEquals(stderr.includes("    at "), false);
});
