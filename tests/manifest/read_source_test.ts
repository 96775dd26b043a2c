import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { toFileUrl } from "../../src/base/path.ts";
import { denoSourceSystem } from "../../src/manifest/source_system.ts";
import { readSource } from "../../src/manifest/read_source.ts";
import { readBad, readGood, specifierOf } from "./read.ts";
import { json, readFlag, withTree } from "./with_tree.ts";

Deno.test("readSource() reads a directory that is a plugin", async () => {
  const tree = { "one/plugin.json": json("one"), "one/mod.ts": "" };
  await withTree(tree, async ({ at, url }) => {
    const found = await readGood(at("one"));
    assertEquals(found.source, at("one"));
    assertEquals(found.origin, "external");
    assertEquals(found.manifest.id, "one");
    assertEquals(specifierOf(found), url("one/mod.ts"));
    assertEquals(found.directory, at("one"));
    assertEquals(found.namedAfterId, true);
  });
});

Deno.test("readSource() accepts a plugin.json, a file: URL and a relative path", async () => {
  const tree = { "x/plugin.json": json("one"), "x/mod.ts": "" };
  await withTree(tree, async ({ at, url }) => {
    const expected = { ...await readGood(at("x")), source: "" };
    assertEquals(expected.namedAfterId, false);
    const sources = [
      `${at("x")}/`,
      at("x/plugin.json"),
      url("x"),
      `${url("x")}/`,
      url("x/plugin.json"),
      new URL(url("x/plugin.json")),
    ];
    for (const source of sources) {
      assertEquals({ ...await readGood(source), source: "" }, expected);
    }
    for (const source of ["./x", "x", "../x/../x/plugin.json"]) {
      const directory = source.startsWith("..") ? at("y") : at(".");
      const [found] = await readSource(source, directory, denoSourceSystem);
      assert(found?.ok);
      assertEquals(found.source, source);
      assertEquals({ ...found, source: "" }, expected);
    }
  });
});

Deno.test("readSource() reads a directory of plugins, in the order of their names", async () => {
  const tree = {
    "b/plugin.json": json("b"),
    "b/mod.ts": "",
    "a/plugin.json": json("a", { entry: "src/main.js" }),
    "a/src/main.js": "",
    "B/plugin.json": json("upper"),
    "B/mod.ts": "",
    "broken/plugin.json": "{",
    "c/notes.md": "no plugin",
    ".hidden/plugin.json": json("hidden"),
    ".hidden/mod.ts": "",
    "file.txt": "no directory",
  };
  await withTree(tree, async ({ at }) => {
    const found = await readSource(at("."), "/", denoSourceSystem);
    assertEquals(found.map(({ source, ok }) => [source, ok]), [
      [at("B"), true],
      [at("a"), true],
      [at("b"), true],
      [at("broken"), false],
    ]);
    const slash = await readSource(`${at(".")}/`, "/", denoSourceSystem);
    assertEquals(
      slash.map(({ source }) => source),
      found.map(({ source }) => source),
    );
  });
});

Deno.test("readSource() reads the plugins of a scope, and of no scope in it", async () => {
  const tree = {
    "@acme/b/plugin.json": json("b"),
    "@acme/b/mod.ts": "",
    "@acme/broken/plugin.json": "{",
    "@acme/notes/readme.md": "no plugin",
    "@acme/@inner/x/plugin.json": json("x"),
    "@acme/loop": { link: ".." },
    "@loop": { link: "." },
    "@nobody/notes.md": "",
    "@own/plugin.json": json("own"),
    "@own/mod.ts": "",
    "@linked": { link: "elsewhere" },
    "elsewhere/far/plugin.json": json("far"),
    "elsewhere/far/mod.ts": "",
    "group/y/plugin.json": json("y"),
  };
  await withTree(tree, async ({ at }) => {
    const found = await readSource(at("."), "/", denoSourceSystem);
    const plain = found.filter(({ source }) => !source.includes("@loop"));
    assertEquals(plain.map(({ source, ok }) => [source, ok]), [
      [at("@acme/b"), true],
      [at("@acme/broken"), false],
      [at("@linked/far"), true],
      [at("@own"), true],
    ]);
    const [b] = found;
    assertEquals(b?.ok && [b.namedAfterId, b.directory], [true, at("@acme/b")]);
    const alone = await readGood(at("@acme/b"));
    assertEquals(alone.manifest.id, "b");
  });
});

Deno.test("readSource() reads a plugin, not the plugins in it", async () => {
  const tree = {
    "plugin.json": json("outer"),
    "mod.ts": "",
    "inner/plugin.json": json("inner"),
    "inner/mod.ts": "",
  };
  await withTree(tree, async ({ at }) => {
    assertEquals((await readGood(at("."))).manifest.id, "outer");
  });
});

Deno.test("readSource() returns nothing for an empty directory", async () => {
  await withTree(
    { "empty/": "", "hidden/.gitkeep": "" },
    async ({ at }) => {
      assertEquals(
        await readSource(at("empty"), "/", denoSourceSystem),
        [],
      );
      assertEquals(
        await readSource(at("hidden"), "/", denoSourceSystem),
        [],
      );
    },
  );
});

Deno.test("readSource() returns a problem for a directory without a plugin", async () => {
  const tree = { "docs/readme.md": "", "more/sub/readme.md": "" };
  await withTree(tree, async ({ at }) => {
    for (const name of ["docs", "more"]) {
      const { code, message } = await readBad(at(name));
      assertEquals(code, "PLUGIN_SOURCE_UNREADABLE");
      assertStringIncludes(
        message,
        `source "${
          at(name)
        }": neither it nor a directory in it holds a plugin.json`,
      );
    }
  });
});

Deno.test("readSource() returns a problem for a source that does not exist or is another file", async () => {
  await withTree(
    { "mod.ts": "", "x.json/a/readme.md": "" },
    async ({ at }) => {
      const missing = await readBad(at("missing"));
      assertEquals(missing.code, "PLUGIN_SOURCE_UNREADABLE");
      assertStringIncludes(
        missing.message,
        `source "${at("missing")}": it does not exist`,
      );
      assert(
        (await readBad(at("plugin.json"))).message.endsWith(
          "it does not exist",
        ),
      );
      assertEquals(
        (await readBad(at("mod.ts/sub"))).code,
        "PLUGIN_SOURCE_UNREADABLE",
      );
      assertStringIncludes(
        (await readBad(at("mod.ts"))).message,
        `source "${at("mod.ts")}": it is neither a directory nor a manifest`,
      );
      // A directory may end in .json, too.
      assert(
        (await readBad(at("x.json"))).message.endsWith(
          "holds a plugin.json",
        ),
      );
    },
  );
});

Deno.test("readSource() returns a problem for a manifest that is not a file", async () => {
  const tree = { "one/plugin.json/x": "", "one/mod.ts": "" };
  await withTree(tree, async ({ at }) => {
    for (const source of [at("one"), at(".")]) {
      const { code, message } = await readBad(source);
      assertEquals(code, "PLUGIN_SOURCE_UNREADABLE");
      assertStringIncludes(
        message,
        `source "${at("one")}": its manifest is not a file`,
      );
    }
  });
});

Deno.test("readSource() reads no more of a manifest than its limit", async () => {
  await withTree(
    { "one/plugin.json": "", "one/mod.ts": "" },
    async ({ at }) => {
      await Deno.truncate(at("one/plugin.json"), 64 * 1024 ** 2);
      const { code, message } = await readBad(at("one"));
      assertEquals(code, "PLUGIN_MANIFEST_INVALID");
      assertEquals(message, "The manifest is larger than 262144 bytes");
    },
  );
});

Deno.test("readSource() returns every problem of a manifest, and its id", async () => {
  const tree = { "plugin.json": json("known", { type: 1, entry: "/x" }) };
  await withTree(tree, async ({ at }) => {
    const [found] = await readSource(at("."), "/", denoSourceSystem);
    assert(found !== undefined && !found.ok);
    assertEquals(found.id, "known");
    assertEquals(found.problems.map(({ path }) => path), ["type", "entry"]);
    assert(Object.isFrozen(found.problems));
  });
});

Deno.test("readSource() reads names with spaces, #, %, ? and letters of all kinds", async () => {
  const names = [
    "a b",
    "#1",
    "50%",
    "%2e%2e",
    "größe",
    "大",
    "q?x=1",
    "a&b;c",
    "-x",
    "a:b",
  ]
    // Windows has no files of such names.
    .filter((name) => Deno.build.os !== "windows" || !/[?:]/.test(name));
  const tree = Object.fromEntries(names.flatMap((name, index) => [
    [`${name}/plugin.json`, json(`p${index}`, { entry: "./my mod é.ts" })],
    [`${name}/my mod é.ts`, `export default ${index};`],
  ]));
  await withTree(tree, async ({ at }) => {
    const found = await readSource(at("."), "/", denoSourceSystem);
    assertEquals(
      found.map(({ source }) => source),
      names.toSorted().map((name) => at(name)),
    );
    for (const [index, name] of names.entries()) {
      const direct = await readGood(at(name));
      assertEquals(direct.directory, at(name));
      assert(direct.code.kind === "module");
      const module = await import(direct.code.specifier);
      assertEquals(module.default, index);
      assertEquals(
        await readGood(toFileUrl(at(`${name}/plugin.json`))),
        { ...direct, source: toFileUrl(at(`${name}/plugin.json`)).href },
      );
    }
  });
});

Deno.test("readSource() refuses an entry that is not a file of the plugin", async () => {
  const entries: Readonly<Record<string, unknown>> = {
    missing: undefined,
    nowhere: "./src/none.ts",
    directory: "./sub",
    itself: ".",
    through: "./mod.js/x.ts",
  };
  const tree = Object.fromEntries(
    Object.entries(entries).flatMap(([id, entry]) => [
      [`${id}/plugin.json`, json(id, { entry })],
      [`${id}/mod.js`, ""],
      [`${id}/sub/mod.ts`, ""],
    ]),
  );
  await withTree(tree, async ({ at }) => {
    for (const [id, entry] of Object.entries(entries)) {
      const problem = await readBad(at(id));
      assertEquals(problem.id, id);
      assertEquals(problem.code, "PLUGIN_MANIFEST_INVALID");
      assertEquals(problem.path, "entry");
      assertEquals(
        problem.message,
        `The entry "${
          entry === undefined || entry === "." ? "./mod.ts" : entry
        }" is not a file in the plugin's directory`,
      );
    }
  });
});

Deno.test("readSource() finds the module of an export key in a package's directory", async () => {
  const exports = {
    ".": "./main.ts",
    "./key": "./src/key.ts",
    "./out": "../x",
  };
  const tree = {
    "key/plugin.json": json("key", { entry: "./key" }),
    "key/deno.json": JSON.stringify({ exports }),
    "key/src/key.ts": "",
    "short/plugin.json": json("short", { entry: "key" }),
    "short/package.json": JSON.stringify({ exports }),
    "short/src/key.ts": "",
    "default/plugin.json": json("default"),
    "default/deno.json": JSON.stringify({ exports: "./main.ts" }),
    "default/main.ts": "",
    "file/plugin.json": json("file"),
    "file/deno.json": JSON.stringify({ exports }),
    "file/main.ts": "",
    "file/mod.ts": "",
    "out/plugin.json": json("out", { entry: "out" }),
    "out/deno.json": JSON.stringify({ exports }),
    "broken/plugin.json": json("broken"),
    "broken/deno.json": "{",
  };
  await withTree(tree, async ({ at, url }) => {
    const modules = [
      ["key", "src/key.ts"],
      ["short", "src/key.ts"],
      ["default", "main.ts"],
      ["file", "mod.ts"],
    ] as const;
    for (const [id, module] of modules) {
      const found = await readGood(at(id));
      assertEquals(specifierOf(found), url(`${id}/${module}`));
    }
    for (const id of ["out", "broken"]) {
      const { path, message } = await readBad(at(id));
      assertEquals(path, "entry");
      assertStringIncludes(message, "is not a file in the plugin's directory");
    }
  });
});

Deno.test("readSource() keeps the id when the entry cannot be read", async () => {
  await withTree({ "one/plugin.json": json("one") }, async ({ at }) => {
    const { id, code, message } = await readBad(at("one"), {
      realPath() {
        throw new Error("disk on fire");
      },
    });
    assertEquals([id, code], ["one", "PLUGIN_SOURCE_UNREADABLE"]);
    assert(message.endsWith(": Error: disk on fire"));
  });
});

Deno.test("readSource() runs no code of the plugin", async () => {
  const tree = {
    "one/plugin.json": json("one"),
    "one/mod.ts": "globalThis.semantikPluginRan = true;",
  };
  await withTree(tree, async ({ at }) => {
    await readGood(at("one"));
    assertFalse("semantikPluginRan" in globalThis);
  });
});

Deno.test("readSource() reads ten thousand plugins", async () => {
  // In memory: this does not test the disk.
  const count = 10_000;
  function absent(): never {
    throw new Deno.errors.NotFound();
  }
  const found = await readSource("/many", "/", {
    ...denoSourceSystem,
    permissionState: () => "granted",
    stat(path) {
      if (path === "/many/plugin.json") absent();
      const isFile = /\.(?:json|ts)$/.test(path);
      return { isFile, isDirectory: !isFile };
    },
    lstat: absent,
    realPath: (path) => path,
    readFile: (path) =>
      new TextEncoder().encode(json(path.split("/").at(-2) ?? "")),
    *readDirectory() {
      for (let index = 0; index < count; index++) {
        yield {
          name: `p${index}`,
          isFile: false,
          isDirectory: true,
          isSymlink: false,
        };
      }
    },
  });
  assertEquals(found.length, count);
  assert(found.every(({ ok }) => ok));
});

Deno.test("readSource() needs permission for the source, its directory and the target of that", async (t) => {
  const tree = { "one/plugin.json": json("one"), "one/mod.ts": "" };
  await withTree(tree, async ({ at }) => {
    const one = at("one");
    const table: readonly (readonly [string, string, number])[] = [
      ["the source", `${one}/plugin.json`, 1],
      ["its directory", one, 2],
      ["what it leads to", one, 3],
    ];
    for (const [name, missing, turn] of table) {
      await t.step(name, async () => {
        const asked: unknown[] = [];
        const problem = await readBad(`${one}/plugin.json`, {
          permissionState(entry) {
            asked.push(entry);
            return asked.length < turn ? "granted" : "prompt";
          },
        });
        assertEquals(problem.code, "PLUGIN_PERMISSION_MISSING");
        assertEquals(problem.id, turn === 3 ? "one" : undefined);
        assertEquals(asked[turn - 1], { kind: "read", value: missing });
        assertStringIncludes(
          problem.message,
          `source "${one}/plugin.json": permission read to "${missing}" is not granted`,
        );
        assertEquals(
          problem.remedy,
          readFlag(missing),
        );
      });
    }
  });
});
