import { assertEquals, assertMatch } from "@std/assert";
import { runCli, runJson } from "./run_cli.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

// With a tab, a character that reorders text, and one that controls a terminal.
const BROKEN = "export default {\n\ta: ; // \u202e \u0007\n};\n";

Deno.test("validate shows the lines of a syntax error as lines, escaped and indented", async () => {
  await withFolder(pluginFiles("p", {}, BROKEN), async (folder) => {
    const { code, stdout } = await runCli(["validate", "--run", folder]);
    assertEquals(code, 1);
    assertEquals(
      stdout.split("\n").filter((line) => !line.startsWith("  ran with")),
      [
        "findings  p  reader  1.0.0",
        '  The module "mod.ts" cannot be read: SyntaxError: Expression expected',
        "        |",
        "      2 |  a: ; // \\u202e \\u0007",
        "        |     ~",
        "    Correct the module, or the import of it",
        '  Cannot import plugin "p": TypeError: SyntaxError: Expression expected',
        "        |",
        "      2 |  a: ; // \\u202e \\u0007",
        "        |     ~",
        `          at file://${folder}/p/mod.ts:2:6`,
        "    See the cause, and fix the plugin's module",
        "  methods: none",
        "",
        "1 plugin: 1 with findings; 2 problems",
        "",
      ],
    );
    // For machines a problem stays one line.
    const { result } = await runJson(["validate", folder]);
    assertMatch(
      Reflect.get(Object(result), "plugins")[0].problems[0].message,
      /^The module "mod\.ts" cannot be read: SyntaxError: .* ⏎ 2 \| {2}a: ; .*~$/,
    );
  });
});

Deno.test("validate indents the lines of a plugin's own error, so that none looks like its own", async () => {
  const files = pluginFiles(
    "p",
    {},
    `export default { setup() { throw new Error("a\\nok        p reader 1.0.0\\n    Do this\\u202e"); } };`,
  );
  await withFolder(files, async (folder) => {
    const { stdout } = await runCli(["validate", "--run", folder]);
    const lines = stdout.split("\n");
    assertEquals(lines.slice(2, 4), [
      "      ok        p reader 1.0.0",
      "          Do this\\u202e",
    ]);
    assertEquals(lines.filter((line) => line.startsWith("ok")), []);
  });
});
