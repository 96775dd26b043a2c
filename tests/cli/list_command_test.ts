import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "./run_cli.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

Deno.test("list shows id, type, version, name, description and permissions of each plugin", async () => {
  const files = {
    ...pluginFiles("alpha", {
      permissions: {
        net: ["a.example:443", "b.example", "c.example", "d.example"],
      },
      displayName: "The alpha",
      description: "Reads 文書",
      optionalPermissions: { sys: true },
    }),
    ...pluginFiles("beta", { type: "chunker", version: "2.0.0-rc.1" }),
  };
  await withFolder(files, async (folder) => {
    const { code, stdout, stderr } = await runCli(["list", folder]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.split("\n"), [
      "ID     TYPE     VERSION",
      "alpha  reader   1.0.0",
      "  The alpha: Reads 文書",
      "  net a.example:443, b.example, c.example and 1 more; optional: sys (all)",
      "beta   chunker  2.0.0-rc.1",
      "  no permissions",
      "",
      "2 plugins",
      "",
    ]);
  });
});

Deno.test("list prints a JSON envelope", async () => {
  await withFolder(pluginFiles("alpha"), async (folder) => {
    const source = `${folder}/alpha`;
    const { stdout } = await runCli([
      "list",
      source,
      `${folder}/none`,
      "--json",
    ]);
    assertEquals(stdout.trimEnd().split("\n").length, 1);
    assertEquals(JSON.parse(stdout), {
      schema: 1,
      command: "list",
      result: {
        plugins: [{
          id: "alpha",
          type: "reader",
          version: "1.0.0",
          requires: [],
          permissions: {},
          optionalPermissions: {},
          source,
        }],
        unusable: [{
          source: `${folder}/none`,
          problems: [{
            code: "PLUGIN_SOURCE_UNREADABLE",
            message: `Cannot read source "${folder}/none": it does not exist`,
            remedy: "Correct the path, or remove the source",
          }],
        }],
      },
    });
  });
});

Deno.test("list notes when the sources contain no plugins", async () => {
  await withFolder({}, async (folder) => {
    const { code, stdout, stderr } = await runCli(["list", folder]);
    assertEquals([code, stdout], [0, "0 plugins\n"]);
    assertStringIncludes(stderr, "There are no plugins");
  });
});

Deno.test("list runs no code and escapes control characters", async () => {
  const files = {
    ...pluginFiles("alpha", {}, "throw new Error('was run');"),
    "we\nird\x1b[31m\u202e/plugin.json": "[]",
  };
  await withFolder(files, async (folder) => {
    const { stdout } = await runCli(["list", folder]);
    // deno-lint-ignore no-control-regex
    assert(!/[\x1b\u202e]/.test(stdout));
    assertEquals(stdout.trimEnd().split("\n").length, 8);
    assertStringIncludes(stdout, "we\\nird\\u001b[31m\\u202e");
  });
});
