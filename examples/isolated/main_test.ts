import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runExample } from "../run_example.ts";

Deno.test("isolated/main.ts shows a file denied by Deno, and named in the trail", async () => {
  const { code, stdout, stderr } = await runExample(
    "examples/isolated/main.ts",
    [
      "--allow-read=examples/isolated/plugins",
      `--allow-run=${Deno.execPath()}`,
    ],
  );
  assertEquals(code, 0, stderr);
  const [own, other] = stdout.trim().split("\n");
  assertEquals(own, "words.txt: These words lie beside the plugin.");
  assert(other?.startsWith("../../main.ts: NotCapable: Requires read access"));
  assertStringIncludes(stderr, "plugin.call.failed");
  assertStringIncludes(
    stderr,
    "Declare it at permissions.read in the manifest",
  );
});
