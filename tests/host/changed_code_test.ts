import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError, type PluginHost } from "@semantik/plugins";
import { createTestHost as createPretendedHost } from "@semantik/plugins/testing";
import { MemoryStateStore } from "@semantik/plugins/state";
import { makeSymlink } from "../make_symlink.ts";
import { createTestHost } from "./test_host.ts";
import { type PluginFiles, withPlugins } from "./with_plugins.ts";

/** A plugin whose object says its version. */
function versioned(version: string, code?: string): PluginFiles {
  return {
    manifest: { version },
    code: code ??
      `export default { setup: () => ({ version: "${version}" }) };`,
  };
}

async function write(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

/** Replaces a plugin's manifest and code, as a deployment does. */
async function deploy(
  folder: string,
  version: string,
  others: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const manifest = JSON.parse(
    await Deno.readTextFile(`${folder}/plugin.json`),
  );
  await write(folder, {
    "plugin.json": JSON.stringify({ ...manifest, ...others, version }),
    "mod.ts": `export default { setup: () => ({ version: "${version}" }) };`,
  });
}

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  const { code, message, remedy } = await assertRejects(call, PluginError);
  assert(message.includes("Cannot"), message);
  assert(remedy.length > 0);
  return code;
}

async function again(host: PluginHost, id: string): Promise<string> {
  if (host.get(id) !== undefined) await host.disable(id);
  return await codeOf(() => host.enable(id));
}

const RESTART = "PLUGIN_RESTART_REQUIRED";

Deno.test("PluginHost.enable() refuses a replaced plugin, and never records its new version", async () => {
  await withPlugins({ a: versioned("1.0.0") }, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    await test.host.load();
    await deploy(`${folder}/a`, "2.0.0");
    assertEquals(
      (await test.host.plan()).map(({ kind, version }) => [
        kind,
        version,
      ]),
      [["load", "1.0.0"]],
    );

    assertEquals(await again(test.host, "a"), RESTART);
    assertEquals(test.host.get("a"), undefined);
    const [decision] = await test.host.plan();
    assert(decision?.kind === "refuse");
    assertEquals(decision.problems, [{
      code: RESTART,
      message: 'Cannot load plugin "a": its file "plugin.json" changed since ' +
        "its code was imported",
      remedy: "Restart the host: a process keeps the code that it imported",
    }]);
    assertEquals(
      test.events().filter(({ plugin_id }) => plugin_id === "a")
        .map(({ action, version }) => [action, version]),
      [
        ["plugin.registered.external", "1.0.0"],
        ["plugin.disabled", "1.0.0"],
        ["plugin.disposed", "1.0.0"],
        ["plugin.enabled", "1.0.0"],
        ["plugin.load.refused", "1.0.0"],
      ],
    );
  });
});

Deno.test("PluginHost.enable() loads a plugin again if its files are unchanged", async () => {
  await withPlugins({ a: versioned("1.0.0") }, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    await test.host.load();
    for (const name of ["plugin.json", "mod.ts"]) {
      const path = `${folder}/a/${name}`;
      const text = await Deno.readTextFile(path);
      await Deno.remove(path);
      await Deno.writeTextFile(path, text);
      await Deno.utime(path, 1_000, 1_000);
    }
    await write(`${folder}/a`, { "README.md": "new", "added.ts": "new" });
    await test.host.disable("a");
    await test.host.enable("a");
    assertEquals(test.host.get("a"), { version: "1.0.0" });

    // Away and back again: what is in force is compared, not what happened.
    await test.host.disable("a");
    const text = await Deno.readTextFile(`${folder}/a/plugin.json`);
    await deploy(`${folder}/a`, "2.0.0");
    assertEquals(await codeOf(() => test.host.enable("a")), RESTART);
    await deploy(`${folder}/a`, "1.0.0");
    await write(`${folder}/a`, { "plugin.json": text });
    await test.host.enable("a");
  });
});

Deno.test("PluginHost detects a change of each file of a plugin's code", async (t) => {
  const changes: readonly (readonly [
    name: string,
    code: string,
    files: Readonly<Record<string, string>>,
    change: (folder: string) => Promise<void>,
  ])[] = [
    [
      "its entry, of the same length and with the same time",
      "export default { setup: () => ({ at: 1 }) };",
      {},
      async (folder) => {
        const { mtime } = await Deno.stat(`${folder}/mod.ts`);
        await write(folder, {
          "mod.ts": "export default { setup: () => ({ at: 2 }) };",
        });
        assert(mtime !== null);
        await Deno.utime(`${folder}/mod.ts`, mtime, mtime);
      },
    ],
    [
      "a module that it imports",
      'import { at } from "./lib.ts"; export default { setup: () => ({ at }) };',
      { "lib.ts": "export const at = 1;" },
      (folder) => write(folder, { "lib.ts": "export const at = 2;" }),
    ],
    [
      "a module behind that, in a folder of its own",
      'export { default } from "./lib.ts";',
      {
        "lib.ts": 'export { default } from "./deep/inner.ts";',
        "deep/inner.ts": "export default { setup: () => ({}) };",
      },
      (folder) =>
        write(folder, {
          "deep/inner.ts": "export default { setup: () => ({ at: 2 }) };",
        }),
    ],
    [
      "a module whose name is computed",
      'export default { setup: () => import(new URL(["late", "ts"].join("."), import.meta.url).href) };',
      { "late.ts": "export const at = 1;" },
      (folder) => write(folder, { "late.ts": "export const at = 2;" }),
    ],
    [
      "JSON that it imports",
      'import data from "./data.json" with { type: "json" }; export default { setup: () => ({ data }) };',
      { "data.json": '{"at":1}' },
      (folder) => write(folder, { "data.json": '{"at":2}' }),
    ],
    [
      "a module that is gone",
      'import { at } from "./lib.ts"; export default { setup: () => ({ at }) };',
      { "lib.ts": "export const at = 1;" },
      (folder) => Deno.remove(`${folder}/lib.ts`),
    ],
    [
      "the manifest alone",
      "export default { setup: () => ({}) };",
      {},
      async (folder) =>
        await write(folder, {
          "plugin.json": (await Deno.readTextFile(`${folder}/plugin.json`))
            .replace("{", '{"displayName":"A",'),
        }),
    ],
  ];
  for (const [name, code, files, change] of changes) {
    await t.step(name, async () => {
      await withPlugins({ a: code }, async (folder) => {
        await Deno.mkdir(`${folder}/a/deep`);
        await write(`${folder}/a`, files);
        await using test = createTestHost({ sources: [folder] });
        assertEquals((await test.host.load()).failed, []);
        await change(`${folder}/a`);
        assertEquals(await again(test.host, "a"), RESTART);
      });
    });
  }
});

Deno.test("PluginHost.enable() asks for a restart after a failed plugin was fixed", async (t) => {
  const broken: Readonly<Record<string, string>> = {
    "at import": "throw new Error('no');",
    "at parsing": "export default ((",
    "at resolving": 'import "./missing.ts"; export default {};',
    "in setup": "export default { setup() { throw new Error('no'); } };",
    "by what it exports": "export default 7;",
  };
  for (const [name, code] of Object.entries(broken)) {
    await t.step(name, async () => {
      await withPlugins({ a: versioned("1.0.0", code) }, async (folder) => {
        await using test = createTestHost({ sources: [folder] });
        const { failed: [first] } = await test.host.load();
        assert(first !== undefined && first.code !== RESTART);
        // As it was it fails as it did.
        assertEquals(await codeOf(() => test.host.enable("a")), first.code);
        if (name === "at resolving") {
          await write(`${folder}/a`, { "missing.ts": "" });
        } else {
          await write(`${folder}/a`, {
            "mod.ts": "export default { setup: () => ({}) };",
          });
        }
        assertEquals(await codeOf(() => test.host.enable("a")), RESTART);
      });
    });
  }
});

Deno.test("PluginHost.load() refuses a plugin that changed since another host imported it", async () => {
  await withPlugins({ a: versioned("1.0.0") }, async (folder) => {
    await using first = createTestHost({ sources: [folder] });
    await first.host.load();
    await deploy(`${folder}/a`, "2.0.0", { host: ">=9" });
    await using second = createTestHost({ sources: [`${folder}/a`] });
    const { refused } = await second.host.load();
    assertEquals(refused.map(({ code }) => code), [RESTART]);
    assertEquals(
      second.events().filter(({ plugin_id }) => plugin_id === "a")
        .map(({ action, version }) => [action, version]),
      [["plugin.load.refused", "1.0.0"]],
    );
    assertEquals(first.host.get("a"), { version: "1.0.0" });
  });
});

Deno.test("PluginHost.load() refuses a changed plugin when it is called again", async () => {
  await withPlugins({
    a: versioned("1.0.0"),
    b: "throw new Error('no');",
  }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      onProblem: "throw",
    });
    await assertRejects(() => test.host.load(), AggregateError);
    await deploy(`${folder}/a`, "2.0.0");
    await Deno.remove(`${folder}/b`, { recursive: true });
    const { errors } = await assertRejects(
      () => test.host.load(),
      AggregateError,
    );
    assertEquals(errors.map(({ code }) => code), [RESTART]);
  });
});

Deno.test("PluginHost keeps the old manifest in force while the old code is live", async () => {
  const permissions = { env: ["OLD_NAME"] };
  await withPlugins({
    a: {
      ...versioned("1.0.0") as { code: string },
      manifest: { version: "1.0.0", permissions },
    },
  }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      permissions: "report",
    });
    await test.host.load();
    const before = await test.host.permissionReport();
    const states = [
      () => deploy(`${folder}/a`, "2.0.0", { permissions: { run: true } }),
      () => deploy(`${folder}/a`, "2.0.0", { id: "other" }),
      () => write(`${folder}/a`, { "plugin.json": "{" }),
      () => Deno.remove(`${folder}/a`, { recursive: true }),
    ];
    for (const change of states) {
      await change();
      assertEquals((await test.host.permissionReport()).flags, before.flags);
      const decision = (await test.host.plan()).find(({ id }) => id === "a");
      assertEquals([decision?.kind, decision?.version], ["load", "1.0.0"]);
    }
    await test.host.disable("a");
    assertEquals(test.events().at(-1)?.version, "1.0.0");
  });
});

Deno.test("PluginHost.configure() leaves a changed plugin running", async () => {
  const code = `let made = 0;
    export default { setup: ({ config }) => ({ config, made: ++made }) };`;
  await withPlugins({
    a: versioned("1.0.0", code),
    b: { code, manifest: { requires: [{ id: "a", version: "*" }] } },
  }, async (folder) => {
    const state = new MemoryStateStore();
    await using test = createTestHost({ sources: [folder], state });
    await test.host.load();
    await test.host.configure("a", { at: 1 });
    const before = test.host.get("a");
    assertEquals(before, { config: { at: 1 }, made: 2 });
    for (const changed of ["b", "a"]) {
      await deploy(`${folder}/${changed}`, "2.0.0");
      assertEquals(
        await codeOf(() => test.host.configure("a", { at: 2 })),
        RESTART,
      );
      assert(test.host.get("a") === before);
      const stored = await state.read();
      assert(stored.ok);
      assertEquals(stored.snapshot.plugins.get("a")?.config, { at: 1 });
    }
    // What runs is what is asked, and takes what it can take.
    assertEquals(await test.host.configure("a", { at: 1 }), {
      validated: true,
      changed: [],
    });
  });
});

Deno.test("PluginHost does not set up a plugin that changed during its import", async () => {
  await withPlugins({ a: versioned("1.0.0") }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      importModule: async (specifier) => {
        await deploy(`${folder}/a`, "2.0.0");
        return await import(specifier);
      },
    });
    const { failed } = await test.host.load();
    assertEquals(failed.map(({ code }) => code), [RESTART]);
    assertEquals(test.host.get("a"), undefined);
    // Nobody can tell any more what the engine has of it.
    await deploy(`${folder}/a`, "1.0.0");
    assertEquals(await codeOf(() => test.host.enable("a")), RESTART);
  });
});

Deno.test("PluginHost runs no code of a plugin whose manifest changed after its check", async () => {
  let isReplaced = false;
  await withPlugins({
    a: versioned("1.0.0"),
    b: { code: "", manifest: { requires: [{ id: "c", version: "*" }] } },
    c: "",
  }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      importModule: async (specifier) => {
        // Its turn comes after: what it requires is imported first.
        if (specifier.endsWith("/c/mod.ts")) {
          await deploy(`${folder}/b`, "2.0.0");
          isReplaced = true;
        }
        return { default: { setup: () => ({ specifier }) } };
      },
    });
    const { loaded, refused } = await test.host.load();
    assert(isReplaced);
    assertEquals(loaded.map(({ id }) => id), ["a", "c"]);
    assertEquals(refused.map(({ id, code }) => [id, code]), [
      ["b", "PLUGIN_SOURCE_UNREADABLE"],
    ]);
    // None of its code was imported: judged anew, it is brought in.
    await test.host.enable("b");
    assertEquals(test.events().at(-1)?.version, "2.0.0");
  });
});

Deno.test("PluginHost remembers files that were read ahead but never run", async () => {
  const code = "export default { setup: () => ({}) };";
  const names = ["a", "b", "c", "d", "e", "f"];
  await withPlugins({
    ...Object.fromEntries(names.map((name) => [name, code])),
    broken: "throw new Error('no');",
    waiting: {
      code,
      manifest: { requires: [{ id: "broken", version: "*" }] },
    },
  }, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    const { refused } = await test.host.load();
    assertEquals(refused.map(({ id }) => id), ["waiting"]);
    await deploy(`${folder}/waiting`, "2.0.0", { requires: [] });
    assertEquals(await codeOf(() => test.host.enable("waiting")), RESTART);
  });
});

Deno.test("PluginHost loads a plugin again from other files", async () => {
  await withPlugins({ a: versioned("1.0.0"), v2: versioned("2.0.0") }, async (
    folder,
  ) => {
    await using test = createTestHost({ sources: [`${folder}/current`] });
    await makeSymlink(`${folder}/a`, `${folder}/current`);
    await test.host.load();
    await Deno.remove(`${folder}/current`);
    await deploy(`${folder}/v2`, "2.0.0", { id: "a" });
    await makeSymlink(`${folder}/v2`, `${folder}/current`);
    await test.host.disable("a");
    await test.host.enable("a");
    assertEquals(test.host.get("a"), { version: "2.0.0" });
    assertEquals(test.events().at(-1)?.version, "2.0.0");
  });
});

Deno.test("PluginHost disposes a changed plugin that applied half of a configuration", async () => {
  const code = `export default {
    setup: ({ config }) => ({ config }),
    reconfigure() { throw new Error("half"); },
  };`;
  await withPlugins({ a: versioned("1.0.0", code) }, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    await test.host.load();
    await deploy(`${folder}/a`, "2.0.0");
    assertEquals(
      await codeOf(() => test.host.configure("a", { at: 2 })),
      "PLUGIN_SETUP_FAILED",
    );
    assertEquals(test.host.get("a"), undefined);
    const failure = test.events().find(({ action }) =>
      action === "plugin.load.failed"
    );
    assertEquals([failure?.version, failure?.code], ["1.0.0", RESTART]);
  });
});

Deno.test("PluginHost.seal() uses the manifest of the live code", async () => {
  const permissions = { net: ["old.example:443"] };
  await withPlugins({ a: { code: "", manifest: { permissions } } }, async (
    folder,
  ) => {
    await write(`${folder}/a`, {
      "mod.ts": "export default { setup: () => ({}) };",
    });
    await using host = createPretendedHost({
      sources: [folder],
      grants: { ...permissions, sys: true, read: true },
    });
    assertEquals((await host.load()).loaded.length, 1);
    await deploy(`${folder}/a`, "2.0.0", { permissions: { sys: true } });
    const { revoked, kept } = await host.seal();
    assert(revoked.includes("sys"));
    assert(kept.some(({ kind }) => kind === "net"));
  });
});

Deno.test("PluginHost compares a large file by its size and times", async () => {
  const padding = "// " + "x".repeat(1_100_000);
  const code = `import "./large.ts"; export default { setup: () => ({}) };`;
  await withPlugins({ a: code }, async (folder) => {
    await write(`${folder}/a`, { "large.ts": padding });
    await using test = createTestHost({ sources: [folder] });
    await test.host.load();
    await test.host.disable("a");
    await test.host.enable("a");
    await write(`${folder}/a`, { "large.ts": `${padding}y` });
    assertEquals(await again(test.host, "a"), RESTART);
  });
});

Deno.test("PluginHost finds modules in every form of import", async (t) => {
  const forms: Readonly<Record<string, string>> = {
    "minified": `export*from"./lib.ts";`,
    "for its effects": `import'./lib.ts';`,
    "behind a comment": `import * as lib from /* here */ "./lib.ts";`,
    "with a query": `import "./lib.ts?one";`,
    "by an absolute URL": `import "file://FOLDER/a/lib.ts";`,
    "later": "await import(\n  './lib.ts',\n);",
    "later, in parts": `await import("./l" + "ib.ts");`,
    "later, by a template": 'await import(`./${"lib"}.ts`);',
    "later, with a comment": `await import(/* late */ "./lib.ts");`,
    "later, resolved": `await import(import.meta.resolve("./lib.ts"));`,
    "by require": `import { createRequire as make } from "node:module";
      make(import.meta.url)("./lib.cjs");`,
  };
  for (const [name, form] of Object.entries(forms)) {
    await t.step(name, async () => {
      await withPlugins({ a: "" }, async (folder) => {
        const lib = form.includes("lib.cjs") ? "lib.cjs" : "lib.ts";
        await write(`${folder}/a`, {
          [lib]: "",
          "mod.ts": form.replace("FOLDER", folder) +
            "\nexport default { setup: () => ({}) };",
        });
        await using test = createTestHost({ sources: [folder] });
        assertEquals((await test.host.load()).failed, []);
        await write(`${folder}/a`, { [lib]: "// changed" });
        assertEquals(await again(test.host, "a"), RESTART);
      });
    });
  }
});
