import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { PluginDiff } from "../../../src/cli/diff/plugin_diff.ts";
import { runCli, runJson } from "../run_cli.ts";
import { runDeno } from "../run_deno.ts";
import { type Files, manifest, withFolder } from "../with_plugins.ts";

const CLI = new URL("../../../cli.ts", import.meta.url).href;
const SECRET = "sk-live-0123456789abcdef";

async function diff(
  ...args: readonly string[]
): Promise<{ code: number; plugins: readonly PluginDiff[]; stderr: string }> {
  const { code, result, stderr } = await runJson(["diff", ...args]);
  return { code, stderr, plugins: Reflect.get(Object(result), "plugins") };
}

const OLD: Files = {
  "old/plugin.json": manifest("shop", {
    host: "^1.0.0",
    license: "MIT",
    requires: [
      { id: "base", version: "^1.0.0" },
      { id: "gone", version: "*" },
    ],
    permissions: { net: ["a.example:443"], read: ["./data"], env: ["A"] },
    optionalPermissions: { env: ["B"] },
  }),
  "old/mod.ts": 'import "npm:zod@^3.0.0";\nexport default { setup() {} };\n',
  "old/data/x.txt": "1",
  "old/same.txt": "same",
  "old/node_modules/x.js": "",
};
const NEW: Files = {
  "new/plugin.json": manifest("shop", {
    type: "writer",
    version: "2.0.0",
    requires: [{ id: "base", version: "^2.0.0", optional: true }],
    permissions: {
      net: ["a.example"],
      read: ["data"],
      env: ["B"],
      run: ["git"],
    },
  }),
  "new/mod.ts":
    `import "npm:zod@^4.0.0";\nimport "https://esm.sh/x";\n"${SECRET}";\nexport default { setup() {} };\n`,
  "new/data/x.txt": "2",
  "new/same.txt": "same",
  "new/.git/config": SECRET,
};

Deno.test("diff compares permissions, hazards, dependencies, manifest and files", async () => {
  await withFolder({ ...OLD, ...NEW }, async (folder) => {
    const { code, plugins } = await diff(`${folder}/old`, `${folder}/new`);
    assertEquals([code, plugins.length], [1, 1]);
    const [found] = plugins;
    assert(found !== undefined);
    assertEquals([found.id, found.grows, found.isOlder], ["shop", true, false]);
    assertEquals(
      found.permissions.map(({ change, after: [entry], before: [old] }) =>
        `${change} ${(entry ?? old)?.kind} ${(entry ?? old)?.value}`
      ),
      [
        // The most dangerous one first.
        "added run git",
        "widened net a.example",
        "required env B",
        "removed env A",
      ],
    );
    assertEquals(found.flags.added, [
      "--allow-env=B",
      "--allow-net=a.example",
      "--allow-run=git",
    ]);
    assertEquals(
      [found.hazards.gained.map(({ kind }) => kind).includes("run")],
      [true],
    );
    assertEquals<unknown>(found.manifest, [
      { field: "type", before: "reader", after: "writer" },
      { field: "version", before: "1.0.0", after: "2.0.0" },
      { field: "host", before: "^1.0.0" },
      { field: "license", before: "MIT" },
    ]);
    assertEquals<unknown>(found.requires, [
      {
        id: "base",
        before: { version: "^1.0.0" },
        after: { version: "^2.0.0", optional: true },
      },
      { id: "gone", before: { version: "*" } },
    ]);
    assertEquals<unknown>(found.imports, [
      { after: "https://esm.sh/x" },
      { before: "npm:zod@^3.0.0", after: "npm:zod@^4.0.0" },
    ]);
    assertEquals(
      found.files?.changed.map(({ path }) => path),
      ["data/x.txt", "mod.ts", "plugin.json"],
    );
    assertEquals([found.files?.added, found.files?.removed], [[], []]);

    for (const format of ["text", "csv", "sarif", "json"]) {
      const { code, stdout } = await runCli([
        ...["diff", `${folder}/old`, `${folder}/new`, `--format=${format}`],
      ]);
      assertEquals(code, 1);
      assertStringIncludes(stdout, "git");
      assert(!stdout.includes(SECRET));
    }
  });
});

Deno.test("diff shows the worst first, and ends with counts", async () => {
  const files = {
    ...Object.fromEntries(
      ["a", "b", "c"].flatMap((id) => [
        [`old/${id}/plugin.json`, manifest(id)],
        [`old/${id}/mod.ts`, ""],
      ]),
    ),
    "new/a/plugin.json": manifest("a", { version: "0.9.0" }),
    "new/a/mod.ts": "",
    "new/b/plugin.json": manifest("b", { permissions: { sys: true } }),
    "new/b/mod.ts": "",
    "new/d/plugin.json": manifest("d", {
      optionalPermissions: { net: ["x.example"] },
    }),
    "new/d/mod.ts": "",
    "new/d/\u202eevil\n.txt": "",
  };
  await withFolder(files, async (folder) => {
    const { code, stdout } = await runCli([
      ...["diff", `${folder}/old`, `${folder}/new`],
    ]);
    assertEquals(code, 1);
    const heads = stdout.split("\n").filter((line) =>
      /^(?:grows|ok) /.test(line)
    );
    assertEquals(heads, [
      "grows  b 1.0.0, the same version",
      "grows  d 1.0.0 is new",
      "ok     a 1.0.0 -> 0.9.0, older",
      "ok     c 1.0.0 is gone",
    ]);
    assertStringIncludes(stdout, "\\u202eevil\\n.txt");
    assertMatch(stdout, /net to "x\.example", optional/);
    assertMatch(stdout, /\n4 plugins: 2 with more permissions, 2 without\n$/);
    const same = await runCli([
      ...["diff", `${folder}/old`, `${folder}/old`],
    ]);
    assertEquals(same.code, 0);
    assertEquals(same.stdout.match(/Nothing changed/g)?.length, 3);
  });
});

Deno.test("diff compares what permissions permit, as if both versions were in one place", async () => {
  const rows: readonly (readonly [string, object, object, number])[] = [
    ["another spelling", { net: ["A.EXAMPLE"] }, { net: ["a.example"] }, 0],
    ["a relative path", { read: ["./data"] }, { read: ["data/../data"] }, 0],
    ["a private path", { write: ["$DATA"] }, { write: ["$DATA/x"] }, 0],
    ["fewer", { net: true }, { net: ["a.example"] }, 0],
    ["an own path that leaves", { read: ["./data"] }, { read: ["../data"] }, 1],
    [
      "a private path made whole",
      { write: ["$DATA/x"] },
      { write: ["$DATA"] },
      1,
    ],
    ["a prefix", { env: ["AWS_KEY"] }, { env: ["AWS_*"] }, 1],
  ];
  for (const [name, before, after, expected] of rows) {
    const files = {
      "a/old/plugin.json": manifest("p", { permissions: before }),
      "a/old/mod.ts": "",
      "b/new/plugin.json": manifest("p", { permissions: after }),
      "b/new/mod.ts": "",
    };
    await withFolder(files, async (folder) => {
      const { code } = await diff(`${folder}/a/old`, `${folder}/b/new`);
      assertEquals([name, code], [name, expected]);
    });
  }
});

Deno.test("diff fails when it cannot read a version, rather than call it harmless", async () => {
  const files = {
    ...OLD,
    "broken/plugin.json": "{",
    "empty/x/readme.txt": "",
    "many/a/plugin.json": manifest("a"),
    "many/a/mod.ts": "",
    "many/b/plugin.json": '{ "id": "b" }',
    "many/b/mod.ts": "",
  };
  await withFolder(files, async (folder) => {
    for (const source of ["broken", "empty", "missing", "many"]) {
      for (const swap of [false, true]) {
        const pair = [`${folder}/old`, `${folder}/${source}`];
        const args = swap ? pair.reverse() : pair;
        const { code, stdout, stderr } = await runCli(["diff", ...args]);
        assertEquals([source, code, stdout], [source, 2, ""]);
        assertMatch(stderr, /^Error: .+\n {2}.+\n$/);
      }
    }
  });
});

Deno.test("diff needs read permission alone, and says what it could not compare", async () => {
  await withFolder({ ...OLD, ...NEW }, async (folder) => {
    const { code, stderr, stdout } = await runDeno([
      ...["run", "--no-prompt", `--allow-read=${folder}`, CLI],
      ...["diff", `${folder}/old`, `${folder}/new`],
    ]);
    assertEquals(code, 1);
    assertStringIncludes(stdout, "file mod.ts");
    assert(!stdout.includes("module"));
    assertStringIncludes(stderr, 'The modules of "shop" were not compared');
  });
});
