import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { newPluginFiles } from "../../src/cli/new_plugin_files.ts";
import { runCli, runJson } from "./run_cli.ts";
import { runDeno } from "./run_deno.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

// Resolves the full specifiers of the created files to this repository.
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const FILES = [
  ".github",
  "README.md",
  "deno.json",
  "mod.ts",
  "mod_test.ts",
  "plugin.json",
  "plugin.schema.json",
];

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name))
    .sort();
}

Deno.test("new creates a plugin that passes validate, fmt, lint and its own test", async (t) => {
  await withFolder({}, async (outer) => {
    const folder = `${outer}/deep/my-plugin`;
    const made = await runCli(["new", folder, "--type", "embedding"]);
    assertEquals([made.code, made.stderr], [0, ""]);
    assertEquals(await namesIn(folder), FILES);

    const { code, result } = await runJson([
      "validate",
      "--run",
      "--methods=greet",
      folder,
    ]);
    assertEquals(code, 0, JSON.stringify(result));

    const rows = [
      ["fmt", "--check"],
      ["lint"],
      // Checks the types of all of it, too.
      ["test", "--config", CONFIG, "--no-prompt", "mod_test.ts"],
    ];
    for (const args of rows) {
      await t.step(args.slice(0, 2).join(" "), async () => {
        const { code, stdout, stderr } = await runDeno(args, { cwd: folder });
        assertEquals(code, 0, stdout + stderr);
      });
    }
    await t.step("lint as JSR does", async () => {
      const config = JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
      await Deno.writeTextFile(
        `${folder}/deno.json`,
        JSON.stringify({ name: "@scope/my-plugin", ...config }),
      );
      const { code, stderr } = await runDeno([
        "lint",
        "--rules-tags=recommended,jsr",
        "--rules-exclude=no-import-prefix",
      ], { cwd: folder });
      assertEquals(code, 0, stderr);
    });
  });
});

Deno.test("new derives the id from the directory's name unless --id is given", async (t) => {
  const rows: readonly (readonly [string, readonly string[], string])[] = [
    ["My Plugin (2)", [], "my-plugin-2"],
    ["Überſicht", [], "u-bersicht"],
    ["x".repeat(80), [], "x".repeat(64)],
    ["--", ["--id=chosen_id"], "chosen_id"],
  ];
  for (const [name, flags, id] of rows) {
    await t.step(name, async () => {
      await withFolder({}, async (folder) => {
        const { code, result } = await runJson([
          "new",
          `${folder}/${name}`,
          "--type=reader",
          ...flags,
        ]);
        assertEquals([code, Reflect.get(Object(result), "id")], [0, id]);
        const { plugins } = Object(
          (await runJson(["list", `${folder}/${name}`])).result,
        );
        assertEquals(plugins[0].id, id);
      });
    });
  }
});

Deno.test("newPluginFiles() returns formatted files for names and versions of any length", async () => {
  await withFolder({}, async (folder) => {
    for (const length of [1, 63]) {
      const files = newPluginFiles({
        id: "i".repeat(length),
        type: "t".repeat(length),
        libraryVersion: length === 1 ? "1.0.0" : "10.20.30-beta.4",
      });
      for (const [name, text] of files) {
        await Deno.writeTextFile(
          `${folder}/${length}_${name.replaceAll("/", "_")}`,
          text,
        );
      }
    }
    const { code, stderr } = await runDeno(["fmt", "--no-config", "--check"], {
      cwd: folder,
    });
    assertEquals(code, 0, stderr);
  });
});

Deno.test("new overwrites no files and leaves no partial result", async () => {
  await withFolder({ "mine/mod.ts": "my work" }, async (folder) => {
    const { code, stdout, stderr } = await runCli([
      "new",
      `${folder}/mine`,
      "--type=reader",
    ]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, '"mod.ts" would be overwritten');
    assertEquals(await namesIn(`${folder}/mine`), ["mod.ts"]);
    assertEquals(await Deno.readTextFile(`${folder}/mine/mod.ts`), "my work");
  });
});

Deno.test("new rejects invalid names and directories with an error message", async (t) => {
  await withFolder({ ...pluginFiles("p"), "file": "" }, async (folder) => {
    const rows: readonly (readonly [readonly string[], string])[] = [
      [
        [`${folder}/new`, "--type=No Type"],
        'Invalid value "No Type" for --type',
      ],
      [
        [`${folder}/new`, "--type=reader", "--id=No"],
        'Invalid value "No" for --id',
      ],
      [[`${folder}/---`, "--type=reader"], "for --id"],
      [[`${folder}/file`, "--type=reader"], "Cannot create a plugin in"],
      [[`${folder}/file/below`, "--type=reader"], "Cannot create a plugin in"],
      [["", "--type=reader"], "is not a directory name"],
      [["a\0b", "--type=reader"], "is not a directory name"],
      [["/not/permitted", "--type=reader"], "--allow-"],
    ];
    for (const [args, message] of rows) {
      await t.step(args.join(" "), async () => {
        const { code, stdout, stderr } = await runCli(["new", ...args]);
        assertEquals([code, stdout], [2, ""]);
        assertStringIncludes(stderr, message);
        assertEquals(stderr.trimEnd().split("\n").length, 2);
      });
    }
    assert(!(await namesIn(folder)).includes("new"));
  });
});
