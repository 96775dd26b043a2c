import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "@semantik/plugins/cli";
import { manifest, pluginFiles } from "../with_plugins.ts";
import {
  type LockFolder,
  signPlugin,
  trustFile,
  withLockFolder,
} from "./lock_folder.ts";

const BEFORE = {
  version: "1.1.0",
  permissions: { net: ["a.example:443"] },
};
const CODE = 'await fetch("https://a.example/");\nexport default {};\n';
const SEARCH = pluginFiles("search", BEFORE, CODE);
const TRUSTED = { "plugins.trust.json": trustFile() };

/** Locks the plugin, with a signature if there is a trust file. */
async function lockIt(
  { path, run }: LockFolder,
  isSigned = false,
): Promise<void> {
  if (isSigned) await signPlugin(`${path}/search`);
  assertEquals((await run("add", [`${path}/search`, "--yes"])).code, 0);
}

function manifestOf(changes: Parameters<typeof manifest>[1]) {
  return {
    "search/plugin.json": manifest("search", { ...BEFORE, ...changes }),
  };
}

Deno.test("update shows what changed, asks, and locks the files that it showed", async () => {
  await withLockFolder(SEARCH, async (folder) => {
    await lockIt(folder);
    const { run, write, lock, names, text } = folder;
    assertEquals(
      await run("update"),
      { code: 0, stdout: "Every plugin is as in the lock\n", stderr: "" },
    );
    await write({
      ...manifestOf({ version: "1.2.0" }),
      "search/more.ts": 'eval("1");\n',
      "search/mod.ts": `// new\n${CODE}`,
    });
    assertEquals((await run("outdated")).code, 1);
    const before = await text();
    const asked = await run("update", [], {
      person: true,
      noColor: true,
      stdin: ["n\n"],
    });
    assertEquals(asked.code, 1);
    assertEquals(
      asked.stdout,
      `ok     search 1.1.0 -> 1.2.0

CHANGE   WHAT     BEFORE  AFTER
changed  version  1.1.0   1.2.0

CHANGE   WHAT
added    file more.ts
changed  file mod.ts
changed  file plugin.json

trust: local (It is as in the lock; Nobody decided whom to trust)
scan: 1 new finding
warning more.ts:1:1 runs code that it makes: eval
  Write the code into a module of the plugin

Nothing was updated
`,
    );
    assertEquals(await text(), before);
    assertEquals(
      (await run("update", ["search"], { person: true, stdin: ["y\n"] })).code,
      0,
    );
    const { serial, plugins: { search } } = await lock();
    assertEquals([serial, search?.version], [2, "1.2.0"]);
    assertEquals((await names("plugin_store")).length, 2);
    assertEquals((await run("verify")).code, 0);
    assertEquals((await run("outdated")).code, 0);
  });
});

Deno.test("update is refused without its own flag where more is asked of a person", async (t) => {
  const cases: readonly {
    readonly name: string;
    readonly isSigned?: boolean;
    readonly change: Readonly<Record<string, string>>;
    readonly flags: readonly string[];
  }[] = [
    {
      name: "more permissions",
      change: manifestOf({ permissions: { net: ["a.example"] } }),
      flags: ["--allow-permissions"],
    },
    {
      name: "more optional permissions",
      change: manifestOf({ optionalPermissions: { env: ["TOKEN"] } }),
      flags: ["--allow-permissions"],
    },
    {
      name: "an older version",
      change: manifestOf({ version: "1.0.9" }),
      flags: ["--allow-downgrade"],
    },
    {
      name: "nobody published it any more",
      isSigned: true,
      change: { "search/plugin.sums.sig": "", "search/plugin.sums": "" },
      flags: ["--allow-publisher", "--allow-lower-trust"],
    },
  ];
  for (const { name, isSigned = false, change, flags } of cases) {
    await t.step(name, async () => {
      await withLockFolder({ ...SEARCH, ...TRUSTED }, async (folder) => {
        await lockIt(folder, isSigned);
        const { path, run, write, text } = folder;
        await write(change);
        if (isSigned) {
          await Deno.remove(`${path}/search/plugin.sums.sig`);
          await Deno.remove(`${path}/search/plugin.sums`);
        }
        const before = await text();
        // Without one of them, whatever else is allowed.
        for (const missing of flags) {
          const others = ALL_FLAGS.filter((flag) => flag !== missing);
          const { code, stdout } = await run("update", [...others, "--yes"]);
          assertEquals(code, 1);
          assertStringIncludes(stdout, `If that is wanted, add ${missing}`);
          assertEquals(await text(), before);
        }
        assertEquals((await run("update", [...flags, "--yes"])).code, 0);
        assertEquals((await run("verify")).code, 0);
      });
    });
  }
});

const ALL_FLAGS = [
  "--allow-permissions",
  "--allow-publisher",
  "--allow-lower-trust",
  "--allow-young",
  "--allow-downgrade",
];

Deno.test("update passes without a flag when nothing is added to the permissions", async (t) => {
  const cases: readonly (readonly [string, Parameters<typeof manifest>[1]])[] =
    [
      ["fewer", { permissions: {} }],
      ["optional now", {
        permissions: {},
        optionalPermissions: BEFORE.permissions,
      }],
      ["a part of them", { permissions: { net: ["a.example:443"] } }],
      ["other words for the same", { permissions: { net: ["A.EXAMPLE:443"] } }],
    ];
  for (const [name, changes] of cases) {
    await t.step(name, async () => {
      await withLockFolder(SEARCH, async (folder) => {
        await lockIt(folder);
        await folder.write({
          ...manifestOf(changes),
          "search/more.txt": "x",
        });
        assertEquals((await folder.run("update", ["--yes"])).code, 0);
      });
    });
  }
});

Deno.test("update never gets past a refusal, and updates all plugins or none", async () => {
  const files = {
    ...SEARCH,
    ...pluginFiles("other", BEFORE, CODE),
    ...TRUSTED,
  };
  await withLockFolder(files, async (folder) => {
    await lockIt(folder, true);
    const { path, run, write, text } = folder;
    assertEquals((await run("add", [`${path}/other`, "--yes"])).code, 0);
    const before = await text();
    await write({ "search/mod.ts": "", "other/mod.ts": "// new\n" });
    const { code, stdout } = await run("update", [...ALL_FLAGS, "--yes"]);
    assertEquals(code, 1);
    assertStringIncludes(stdout, "its signature is wrong");
    assertStringIncludes(
      stdout,
      'Nothing was updated, since "search" is refused; name the others',
    );
    assertEquals(await text(), before);
    assertEquals((await run("update", ["other", "--yes"])).code, 0);
    await Deno.remove(`${path}/other`, { recursive: true });
    const gone = await run("update", ["other"]);
    assertEquals(gone.code, 2);
    assert((await run("outdated")).stdout.includes("gone"));
    assertEquals((await run("update", ["serach"])).code, 2);
    assertEquals((await run("update", ["--min-age", "soon"])).code, 2);
  });
});

Deno.test("update changes nothing when somebody else changed the same plugin meanwhile", async () => {
  await withLockFolder(SEARCH, async (folder) => {
    await lockIt(folder);
    const { path, run, write, text } = folder;
    await write({ "search/mod.ts": "// new\n" });
    const answer = {
      isTerminal: () => true,
      // While the person thinks, another command removes the plugin.
      async read(bytes: Uint8Array) {
        await run("remove", ["search"]);
        return new TextEncoder().encodeInto("y\n", bytes).written;
      },
    };
    let stderr = "";
    const code = await main(
      ["update", "--lock", `${path}/plugins.lock.json`],
      {
        stdin: answer,
        noColor: true,
        stdout: { isTerminal: () => true, writeSync: (bytes) => bytes.length },
        stderr: {
          isTerminal: () => true,
          writeSync(bytes) {
            stderr += new TextDecoder().decode(bytes);
            return bytes.length;
          },
        },
      },
    );
    assertEquals(code, 2);
    assertStringIncludes(stderr, "changed meanwhile");
    assertEquals(JSON.parse(await text()).plugins, {});
  });
});
