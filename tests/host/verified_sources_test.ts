/** A host that verifies its sources: by a lock, a trust file, and copies of its own. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type LoadReport, PluginError, PluginHost } from "@semantik/plugins";
import { formatSums, readTree, signSsh } from "@semantik/plugins/provenance";
import { MemoryStateStore } from "@semantik/plugins/state";
import { subprocess } from "@semantik/plugins/subprocess";
import { quote } from "../../src/base/text.ts";
import { writeLock } from "../provenance/lock_plugins.ts";
import {
  isImpossible,
  MUTATED_FILES,
  MUTATIONS,
} from "../provenance/mutations.ts";
import { makeFolder, writeFiles } from "../provenance/plugin_folder.ts";
import { PUBLIC_KEY, SIGNING_KEY } from "../provenance/signing_key.ts";
import { createFakeProcess } from "../../src/testing/fake_process.ts";
import { builtin } from "./builtin.ts";
import { createTestHost, type TestOptions } from "./test_host.ts";
import { type PluginFiles, withPlugins } from "./with_plugins.ts";

const CODE = "export default { setup: () => ({ at: import.meta.url }) };\n";

/** A folder with one plugin, and places for a lock, a trust file and a store. */
interface World {
  readonly plugin: string;
  readonly lock: string;
  readonly trust: string;
  readonly store: string;
  /** The options of a host with a lock. */
  readonly options: TestOptions;
}

async function withWorld(
  files: PluginFiles,
  body: (world: World) => Promise<void>,
): Promise<void> {
  await withPlugins({ search: files }, async (folder) => {
    const lock = `${folder}/plugins.lock.json`;
    await writeLock(lock, [`${folder}/search`]);
    await body({
      plugin: `${folder}/search`,
      lock,
      trust: `${folder}/plugins.trust.json`,
      store: `${folder}/plugin_store`,
      options: { sources: [`${folder}/search`], lock, switches: false },
    });
  });
}

async function load(options: TestOptions): Promise<LoadReport> {
  await using made = createTestHost(options);
  return await made.host.load();
}

function codesOf({ refused }: LoadReport): readonly string[] {
  return refused.flatMap(({ problems }) => problems.map(({ code }) => code));
}

/** Where the code of the live plugin runs from. */
function placeOf(host: PluginHost): string {
  return String(Reflect.get(Object(host.get("search")), "at"));
}

async function writeTrust(path: string, content: object): Promise<void> {
  await Deno.writeTextFile(
    path,
    JSON.stringify({ trustVersion: 1, serial: 1, ...content }),
  );
}

async function signPlugin(directory: string): Promise<void> {
  const reading = await readTree(directory);
  assert(reading.ok);
  const sums = formatSums(reading.tree);
  await writeFiles(directory, {
    "plugin.sums": sums,
    "plugin.sums.sig": await signSsh(new TextEncoder().encode(sums), {
      key: SIGNING_KEY,
      namespace: "semantik-plugin",
    }),
  });
}

const ACME = { acme: { keys: [{ key: PUBLIC_KEY }], plugins: ["search"] } };

Deno.test("a locked plugin runs from a copy, and everything else names its source", async () => {
  await withWorld(CODE, async ({ plugin, store, options }) => {
    await using made = createTestHost(options);
    const { host } = made;
    const [planned] = await host.plan();

    assertEquals([planned?.kind, planned?.trust], ["load", "local"]);
    // A plan writes nothing.
    assertEquals(
      await Deno.stat(store).then(() => "there", () => "absent"),
      "absent",
    );
    assertEquals((await host.load()).refused, []);
    assertMatch(placeOf(host), /\/plugin_store\/[0-9a-f]{64}\/mod\.ts$/);

    const registered = made.events().find(({ action }) =>
      action === "plugin.registered.external"
    );
    assertEquals(registered?.trust, "local");
    assertStringIncludes(placeOf(host), String(registered?.digest));
    assertEquals(registered?.entry_point, `file://${plugin}/mod.ts`);
    const verified = made.events().find(({ action }) =>
      action === "host.sources.verified"
    );
    assertEquals([verified?.lock_serial, verified?.level], [1, "info"]);

    const { plugins: [inspected] } = await host.inspect();
    assertEquals(inspected?.status, "live");
    assertEquals(inspected?.source, plugin);
    assertEquals(inspected?.decision.trust, "local");
    const report = await host.permissionReport();
    assertEquals(report.plugins[0]?.trust, "local");
    await host.disable("search");
    await host.enable("search");
    assertMatch(placeOf(host), /\/plugin_store\//);
  });
});

Deno.test("each change of a locked plugin is refused and named before any code runs", async (t) => {
  const marked = {
    ...MUTATED_FILES,
    "lib/search.ts": `globalThis.semantikRan = true;\n${
      MUTATED_FILES["lib/search.ts"]
    }`,
  };
  for (const [name, mutate] of Object.entries(MUTATIONS)) {
    await t.step({
      name,
      ignore: isImpossible(name),
      fn: async () => {
        await using folder = await makeFolder();
        const plugin = `${folder.path}/search`;
        await writeFiles(plugin, marked);
        const lock = `${folder.path}/plugins.lock.json`;
        await writeLock(lock, [plugin]);
        const path = await mutate(plugin);
        const report = await load({
          sources: [plugin],
          lock,
          switches: false,
          permissions: "report",
        });
        const [whole, folderOrFile = ""] = [path, path.split("/")[0]];
        const shown = [whole, folderOrFile].map((one) =>
          quote(one).slice(1, -1)
        );
        assertEquals(report.loaded.length + report.failed.length, 0);
        assert(
          report.refused.some(({ problems }) =>
            problems.some(({ message }) =>
              shown.some((one) => message.includes(one))
            )
          ),
          JSON.stringify(report.refused),
        );
        assertEquals(Reflect.has(globalThis, "semantikRan"), false);
      },
    });
  }
});

Deno.test("a plugin that is not in the lock is refused, and names how to add it", async () => {
  await withWorld(CODE, async ({ lock, options }) => {
    await writeLock(lock, [], { serial: 2 });
    const { refused: [refused] } = await load(options);
    assertEquals(refused?.code, "PLUGIN_INTEGRITY_UNLOCKED");
    assertStringIncludes(refused?.problems[0]?.remedy ?? "", "add");
  });
});

Deno.test("a lock or a trust file that cannot be used refuses every external plugin", async (t) => {
  const cases: Readonly<
    Record<string, (world: World) => Promise<TestOptions>>
  > = {
    "PLUGIN_LOCK_INVALID no lock": async ({ lock, options }) => {
      await Deno.remove(lock);
      return options;
    },
    "PLUGIN_LOCK_INVALID half a lock": async ({ lock, options }) => {
      const text = await Deno.readTextFile(lock);
      await Deno.writeTextFile(lock, text.slice(0, -10));
      return options;
    },
    "PLUGIN_TRUST_INVALID no trust file": ({ trust, options }) =>
      Promise.resolve({ ...options, trust }),
    "PLUGIN_TRUST_INVALID an unknown field": async ({ trust, options }) => {
      await writeTrust(trust, { publisher: {} });
      return { ...options, trust };
    },
    "PLUGIN_SIGNATURE_WRONG a lock that nobody signed": async (
      { trust, options },
    ) => {
      await writeTrust(trust, { lockKeys: [{ key: PUBLIC_KEY }] });
      return { ...options, trust };
    },
  };
  for (const [name, spoil] of Object.entries(cases)) {
    await t.step(name, async () => {
      await withWorld(CODE, async (world) => {
        const options = await spoil(world);
        const report = await load({
          ...options,
          builtins: [builtin("own")],
        });
        assertEquals(report.loaded.map(({ id }) => id), ["own"]);
        assertEquals(codesOf(report)[0], name.split(" ")[0]);
      });
    });
  }
});

Deno.test("an operator signs the lock, and every change of it needs a new signature", async () => {
  await withWorld(CODE, async ({ lock, trust, options }) => {
    await writeTrust(trust, { lockKeys: [{ key: PUBLIC_KEY }] });
    await Deno.writeTextFile(
      `${lock}.sig`,
      await signSsh(await Deno.readFile(lock), {
        key: SIGNING_KEY,
        namespace: "semantik-plugins-lock",
      }),
    );
    const signed = { ...options, trust };
    assertEquals((await load(signed)).loaded.length, 1);
    await Deno.writeTextFile(lock, "\n", { append: true });
    assertEquals(codesOf(await load(signed)), ["PLUGIN_SIGNATURE_WRONG"]);
  });
});

Deno.test("the serial of a lock never goes back, not even after a restart", async () => {
  await withWorld(CODE, async ({ plugin, lock, options }) => {
    const state = new MemoryStateStore();
    await writeLock(lock, [plugin], { serial: 7 });
    assertEquals((await load({ ...options, state })).loaded.length, 1);
    const read = await state.read();
    assert(read.ok);
    assertEquals(read.snapshot.plugins.get("*"), { serials: { lock: 7 } });

    await writeLock(lock, [plugin], { serial: 6 });
    const report = await load({ ...options, state });
    assertEquals(codesOf(report), ["PLUGIN_LOCK_INVALID"]);
    assertStringIncludes(
      report.refused[0]?.problems[0]?.message ?? "",
      "older",
    );
    // Who takes the state away takes this memory as well.
    assertEquals((await load(options)).loaded.length, 1);
  });
});

Deno.test("a publisher's signature makes a plugin verified, and what is revoked is refused", async () => {
  await withWorld(CODE, async ({ plugin, trust, options }) => {
    await signPlugin(plugin);
    const { lock: _, ...unlocked } = { ...options, trust };
    await writeTrust(trust, { publishers: ACME });
    const levels: unknown[] = [];
    const host = createTestHost({
      ...unlocked,
      runner: ({ trust }) => {
        levels.push(trust);
        return undefined;
      },
    });
    assertEquals((await host.host.load()).refused, []);
    const [decision] = await host.host.plan();
    await host[Symbol.asyncDispose]();
    assertEquals([...new Set(levels), decision?.trust], [
      "verified",
      "verified",
    ]);

    const reading = await readTree(plugin);
    assert(reading.ok);
    await writeTrust(trust, {
      serial: 2,
      publishers: ACME,
      revoked: { trees: { [reading.tree.digest]: "It sends data away" } },
    });
    const revoked = await load(unlocked);
    assertEquals(codesOf(revoked)[0], "PLUGIN_REVOKED");

    await writeTrust(trust, { publishers: ACME });
    await Deno.writeTextFile(`${plugin}/mod.ts`, `${CODE}// evil\n`);
    assertEquals(codesOf(await load(unlocked))[0], "PLUGIN_SIGNATURE_WRONG");
  });
});

Deno.test("the operator decides what plugins of a level may do", async () => {
  await withWorld(CODE, async ({ trust, options }) => {
    const { lock: _, ...unlocked } = { ...options, trust };
    await writeTrust(trust, {});
    // Of a trust file alone, an unverified plugin needs a process of its own.
    assertEquals(codesOf(await load(unlocked)), ["PLUGIN_TRUST_INSUFFICIENT"]);
    await using host = new PluginHost({
      name: "test",
      version: "1.0.0",
      sources: unlocked.sources ?? [],
      trust,
      runner: subprocess(),
      permissions: "report",
    });
    assertEquals((await host.plan()).map(({ kind, trust }) => [kind, trust]), [
      ["load", "unverified"],
    ]);
    await writeTrust(trust, { levels: { unverified: "in-process" } });
    assertEquals((await load(unlocked)).loaded.length, 1);
    await writeTrust(trust, { levels: { local: "refuse" } });
    assertEquals(codesOf(await load({ ...options, trust })), [
      "PLUGIN_TRUST_INSUFFICIENT",
    ]);
  });
});

Deno.test("a yes binds to the files of the copy without another option", async () => {
  await withWorld(CODE, async ({ plugin, lock, options }) => {
    const state = new MemoryStateStore();
    const strict: TestOptions = { ...options, state, consent: "required" };
    await using made = createTestHost(strict);
    assertEquals(codesOf(await made.host.load()), ["PLUGIN_CONSENT_MISSING"]);
    await made.host.grant("search");
    const read = await state.read();
    assert(read.ok);
    const consent = read.snapshot.plugins.get("search")?.consent;
    assertEquals(consent?.source, `${plugin}/plugin.json`);
    assertMatch(consent?.digest ?? "", /^[0-9a-f]{64}$/);
    assertEquals((await load(strict)).loaded.length, 1);

    await Deno.writeTextFile(`${plugin}/mod.ts`, `${CODE}// new\n`);
    await writeLock(lock, [plugin], { serial: 2 });
    const report = await load(strict);
    assertEquals(codesOf(report), ["PLUGIN_CONSENT_MISSING"]);
    assertStringIncludes(
      report.refused[0]?.problems[0]?.message ?? "",
      "its files changed since the consent",
    );
  });
});

Deno.test("a new version that is locked runs without a restart of the host", async () => {
  await withWorld(CODE, async ({ plugin, lock, options }) => {
    await using made = createTestHost(options);
    const { host } = made;
    await host.load();
    const before = placeOf(host);
    await Deno.writeTextFile(`${plugin}/mod.ts`, `${CODE}// new\n`);
    // Only in the files: the live one stays as it is.
    assertEquals((await host.plan()).map(({ kind }) => kind), ["load"]);
    await host.disable("search");
    const refused = await host.enable("search").then(
      () => undefined,
      (thrown) => thrown,
    );
    assert(refused instanceof PluginError);
    assertEquals(refused.code, "PLUGIN_INTEGRITY_BROKEN");

    await writeLock(lock, [plugin], { serial: 2 });
    await host.enable("search");
    assertNotEquals(placeOf(host), before);
  });
});

Deno.test("a copy that somebody changed is replaced, and never runs", async () => {
  await withWorld(CODE, async ({ store, options }) => {
    await load(options);
    const [{ name } = { name: "" }] = [...Deno.readDirSync(store)];
    const copy = `${store}/${name}/mod.ts`;
    await Deno.remove(copy);
    await Deno.writeTextFile(copy, 'throw new Error("evil");\n');
    await using made = createTestHost(options);
    assertEquals((await made.host.load()).loaded.length, 1);
    assertEquals(await Deno.readTextFile(copy), CODE);
    // A file more may be imported by what looks for it.
    await writeFiles(`${store}/${name}`, { "more.ts": "" });
    assertEquals((await load(options)).loaded.length, 1);
    await Deno.remove(copy);
    await Deno.writeTextFile(copy, CODE);
    assertEquals((await load(options)).loaded.length, 1);
  });
});

Deno.test("errors of a copied plugin name its source", async () => {
  const code =
    "export default { setup() { throw new Error(import.meta.url); } };\n";
  await withWorld(code, async ({ plugin, options }) => {
    const { failed: [failed] } = await load(options);
    assertStringIncludes(
      failed?.problems[0]?.message ?? "",
      `file://${plugin}/mod.ts`,
    );
  });
});

Deno.test("a plugin finds its own files beside the copy of its code", async () => {
  const code = `export default {
  setup: () => ({
    at: Deno.readTextFileSync(new URL("./words.txt", import.meta.url)),
  }),
};\n`;
  await withWorld({
    code,
    manifest: { permissions: { read: ["./words.txt"] } },
  }, async ({ plugin, lock, options }) => {
    await writeFiles(plugin, { "words.txt": "one two" });
    await writeLock(lock, [plugin], { serial: 2 });
    await using made = createTestHost({ ...options, permissions: "report" });
    assertEquals((await made.host.load()).refused, []);
    assertEquals(placeOf(made.host), "one two");
  });
});

Deno.test("the permission to write lock, trust file or store is a critical hazard", async (t) => {
  const places: Readonly<Record<string, (world: World) => string>> = {
    "the lock": ({ lock }) => lock,
    "the signature of the lock": ({ lock }) => `${lock}.sig`,
    "the trust file": ({ trust }) => trust,
    "the store": ({ store }) => store,
    "a copy": ({ store }) => `${store}/abc`,
    "a directory above": ({ lock }) => lock.slice(0, lock.lastIndexOf("/")),
  };
  for (const kind of ["permissions", "optionalPermissions"] as const) {
    for (const [name, place] of Object.entries(places)) {
      await t.step(`${name}, ${kind}`, async () => {
        await withWorld(CODE, async (world) => {
          const { plugin, lock, trust, options } = world;
          await writeFiles(plugin, {
            "plugin.json": JSON.stringify({
              id: "search",
              type: "thing",
              version: "1.0.0",
              [kind]: { write: [place(world)] },
            }),
          });
          await writeLock(lock, [plugin], { serial: 2 });
          await writeTrust(trust, {});
          await using made = createTestHost({ ...options, trust });
          const { hazards } = await made.host.permissionReport();
          assert(
            hazards.some(({ id, hazard: { level, reason } }) =>
              id === "search" && level === "critical" &&
              reason.includes("the copies of plugins")
            ),
            JSON.stringify(hazards),
          );
        });
      });
    }
  }
});

Deno.test("a module of a plugin that deno.lock does not pin as the lock says is refused", async () => {
  const code = `import "npm:zod@^4.0.0";\n${CODE}`;
  await withWorld(code, async ({ plugin, lock, options }) => {
    const denoLock = `${lock.slice(0, lock.lastIndexOf("/"))}/deno.lock`;
    const pin = (integrity: string, version = "4.6.7") =>
      Deno.writeTextFile(
        denoLock,
        JSON.stringify({
          version: "5",
          specifiers: { "npm:zod@4": version },
          npm: { [`zod@${version}`]: { integrity } },
        }),
      );
    await writeLock(lock, [plugin], {
      serial: 2,
      dependencies: { "npm:zod@4.6.7": "sha512-A" },
    });
    const host = () => createTestHost(options);
    await pin("sha512-A");
    await using good = host();
    const [decision] = await good.host.plan();
    assertEquals(decision?.kind, "load");
    const report = await good.host.permissionReport();
    assertEquals(report.flags.includes("--frozen"), true);
    assertStringIncludes(report.flagLine, denoLock);

    await pin("sha512-B");
    assertEquals(codesOf(await load(options)), ["PLUGIN_INTEGRITY_BROKEN"]);
    await pin("sha512-A", "4.7.0");
    assertEquals(codesOf(await load(options)), ["PLUGIN_INTEGRITY_BROKEN"]);
    await Deno.remove(denoLock);
    const { refused: [unpinned] } = await load(options);
    assertStringIncludes(
      unpinned?.problems[0]?.message ?? "",
      "which is not in deno.lock",
    );
  });
});

Deno.test("the options lock, trust and store are paths", () => {
  const create = (options: object) => () =>
    new PluginHost({ name: "test", version: "1.0.0", ...options });
  for (const name of ["lock", "trust", "store"]) {
    for (const value of [1, "", "a\0b", new URL("https://a.example/x")]) {
      const error = assertThrows(create({ [name]: value }), PluginError);
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
      assertStringIncludes(error.message, name);
    }
  }
  assertThrows(create({ store: "./x" }), PluginError, "without a lock");
});

Deno.test("a plugin without a copy never runs from its source, whatever the mode is", async (t) => {
  const code = `globalThis.semantikRan = true;\n${CODE}`;
  for (const permissions of ["enforce", "report"] as const) {
    await t.step(permissions, async () => {
      await withWorld(code, async ({ plugin, store, options }) => {
        const grants = {
          read: [plugin, store, plugin.slice(0, plugin.lastIndexOf("/"))],
        };
        const report = await load({
          ...options,
          permissions,
          powers: createFakeProcess({ grants }).system,
        });
        assertEquals(codesOf(report), [
          permissions === "enforce"
            ? "PLUGIN_PERMISSION_MISSING"
            : "PLUGIN_INTEGRITY_BROKEN",
        ]);
        assertStringIncludes(
          report.refused[0]?.problems[0]?.remedy ?? "",
          "verify --copy",
        );
        assertEquals(Reflect.has(globalThis, "semantikRan"), false);
      });
    });
  }
});
