import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli, runJson } from "./run_cli.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

const CODE =
  'import "./lib/used.ts";\nexport default { setup: () => fetch("https://a.example/") };\n';
const FILES = {
  ...pluginFiles("search", {}, CODE),
  "search/lib/used.ts": 'eval("1");\n',
  "search/mod_test.ts": 'await Deno.remove("/x");\n',
};

Deno.test("validate scans the code that a host runs, and names the line of the manifest to add", async () => {
  await withFolder(FILES, async (folder) => {
    const { code, stdout } = await runCli(["validate", `${folder}/search`]);
    assertEquals(code, 1);
    const lines = stdout.split("\n").filter((line) =>
      /^ {2}(?:error|warning|note)/.test(line)
    );
    assertEquals(lines, [
      '  error mod.ts:2:31 fetch needs net to "a.example:443", which the manifest does not declare',
      "  warning lib/used.ts:1:1 runs code that it makes: eval",
    ]);
    assertStringIncludes(stdout, 'Add "net": ["a.example:443"]');
    const sarif = await runCli(["validate", "--format=sarif", folder]);
    const [log] = JSON.parse(sarif.stdout).runs;
    assertEquals(
      log.results.map(({ ruleId }: { ruleId: string }) => ruleId),
      ["scan-net", "scan-generated-code"],
    );
  });
});

Deno.test("validate fails because of an undeclared use, and not because of what cannot be known", async () => {
  const permissions = { net: ["a.example"] };
  const files = { ...FILES, ...pluginFiles("search", { permissions }, CODE) };
  await withFolder(files, async (folder) => {
    const { code, result } = await runJson(["validate", folder]);
    assertEquals(code, 0);
    const [check] = Reflect.get(Object(result), "plugins");
    assertEquals(check.scan.length, 1);
    assertEquals(check.scan[0].severity, "warning");
  });
});
