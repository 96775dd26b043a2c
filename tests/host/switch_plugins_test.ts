import { assert, assertEquals, assertRejects } from "@std/assert";
import { contract, PluginError } from "@semantik/plugins";
import { MemoryStateStore } from "@semantik/plugins/state";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

interface Thing {
  run(): unknown;
}

const THING = { thing: contract<Thing>("run") };
const thing = { setup: () => ({ run: () => "ran" }) };

async function stateOf(store: MemoryStateStore) {
  const state = await store.read();
  assert(state.ok);
  return {
    revision: state.snapshot.revision,
    plugins: Object.fromEntries(state.snapshot.plugins),
  };
}

Deno.test("PluginHost.disable() stores and disposes once", async () => {
  const state = new MemoryStateStore();
  let disposals = 0;
  await using test = createTestHost({
    state,
    contracts: THING,
    builtins: [builtin("a", { ...thing, dispose: () => disposals++ })],
  });
  const { host } = test;
  await host.load();
  await host.disable("a");
  assertEquals(host.get("a"), undefined);
  assertEquals(host.byType("thing"), []);
  assertEquals(disposals, 1);
  const error = await assertRejects(
    () => host.use("a", "thing", () => 1),
    PluginError,
  );
  assertEquals(error.code, "PLUGIN_NOT_LIVE");
  assertEquals(await stateOf(state), {
    revision: 1,
    plugins: { a: { enabled: false } },
  });

  await Promise.all([host.disable("a"), host.disable("a")]);
  assertEquals(disposals, 1);
  assertEquals((await stateOf(state)).revision, 1);
  assertEquals(test.actions("a"), [
    "plugin.registered.builtin",
    "plugin.disabled",
    "plugin.disposed",
  ]);
});

Deno.test("PluginHost.enable() sets up a disabled plugin once", async () => {
  const state = new MemoryStateStore([["a", {
    enabled: false,
    config: { depth: 3 },
  }]]);
  const seen: unknown[] = [];
  await using test = createTestHost({
    state,
    builtins: [builtin("a", {
      setup({ config }) {
        seen.push(config);
        return {};
      },
    })],
  });
  const { host } = test;
  await host.load();
  assertEquals(host.get("a"), undefined);
  await Promise.all([host.enable("a"), host.enable("a")]);
  assertEquals(seen, [{ depth: 3 }]);
  // Enabled is what nobody decided against; the rest stays as it is.
  assertEquals(await stateOf(state), {
    revision: 1,
    plugins: { a: { config: { depth: 3 } } },
  });
  assertEquals(test.actions("a"), [
    "plugin.load.skipped",
    "plugin.enabled",
    "plugin.registered.builtin",
  ]);
});

Deno.test("PluginHost.enable() and disable() work before load()", async () => {
  await withPlugins({
    a: "export default { setup: () => ({ loaded: true }) };",
    b: "export default { setup: () => ({}) };",
  }, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    const { host } = test;
    await host.enable("a");
    await host.disable("b");
    assertEquals([host.get("a"), host.get("b")], [{ loaded: true }, undefined]);
    const { loaded, skipped } = await host.load();
    assertEquals(loaded.map(({ id }) => id), ["a"]);
    assertEquals(skipped.map(({ id }) => id), ["b"]);
    assertEquals(
      test.actions("a").filter((action) => action.includes("registered")),
      ["plugin.registered.external"],
    );
  });
});

Deno.test("PluginHost.enable() retries a failed plugin, and finds a new one", async () => {
  let isBroken = true;
  await withPlugins({ a: "" }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      importModule: () =>
        isBroken
          ? Promise.reject(new Error("not yet"))
          : Promise.resolve({ default: { setup: () => ({}) } }),
    });
    const { host } = test;
    await host.load();
    const error = await assertRejects(() => host.enable("a"), PluginError);
    assertEquals([error.code, error.pluginId], ["PLUGIN_IMPORT_FAILED", "a"]);
    isBroken = false;
    await host.enable("a");
    assertEquals(host.get("a"), {});

    await Deno.mkdir(`${folder}/later`);
    await Deno.writeTextFile(
      `${folder}/later/plugin.json`,
      '{"id":"later","type":"thing","version":"1.0.0"}',
    );
    await Deno.writeTextFile(`${folder}/later/mod.ts`, "");
    await host.enable("later");
    assertEquals(host.get("later"), {});
  });
});

Deno.test("PluginHost.disable() rejects with the names of live dependents", async () => {
  const state = new MemoryStateStore();
  await using test = createTestHost({
    state,
    builtins: [
      builtin("base"),
      builtin("soft", {}, requires("base?")),
      builtin("one", {}, requires("base")),
      builtin("two", {}, requires("one")),
    ],
  });
  const { host } = test;
  await host.load();
  const error = await assertRejects(
    () => host.disable("base"),
    PluginError,
    'Cannot disable plugin "base": live plugins require it: "two", "one"',
  );
  assertEquals(error.code, "PLUGIN_DEPENDENTS_LIVE");
  assertEquals((await stateOf(state)).revision, 0);
  assertEquals(host.byType("thing").length, 4);
});

Deno.test("PluginHost.disable() with dependents: disable disables them in one write", async () => {
  const state = new MemoryStateStore();
  const ended: string[] = [];
  const ending = (id: string) => ({ dispose: () => ended.push(id) });
  await using test = createTestHost({
    state,
    builtins: [
      builtin("base", ending("base")),
      builtin("soft", ending("soft"), requires("base?")),
      builtin("one", ending("one"), requires("base")),
      builtin("two", ending("two"), requires("one")),
    ],
  });
  const { host } = test;
  await host.load();
  await host.disable("base", { dependents: "disable" });
  assertEquals(ended, ["two", "one", "base"]);
  assertEquals(await stateOf(state), {
    revision: 1,
    plugins: {
      base: { enabled: false },
      one: { enabled: false },
      two: { enabled: false },
    },
  });
  assertEquals(
    test.actions().filter((action) => action.endsWith("plugin.disabled")),
    ["two plugin.disabled", "one plugin.disabled", "base plugin.disabled"],
  );
  assertEquals(host.get("soft"), {});

  await host.enable("base");
  const error = await assertRejects(() => host.enable("two"), PluginError);
  assertEquals(error.code, "PLUGIN_DEPENDENCY_DISABLED");
  await host.enable("one");
  await host.enable("two");
  assertEquals(host.byType("thing").length, 4);
});

Deno.test("PluginHost.disable() disables a plugin whose disposal fails, and reports it", async () => {
  const state = new MemoryStateStore();
  await using test = createTestHost({
    state,
    builtins: [builtin("a", {
      dispose() {
        throw null;
      },
    })],
  });
  const { host } = test;
  await host.load();
  const error = await assertRejects(() => host.disable("a"), PluginError);
  assertEquals(error.code, "PLUGIN_DISPOSE_FAILED");
  assertEquals(host.get("a"), undefined);
  assertEquals((await stateOf(state)).plugins, { a: { enabled: false } });
  await host.disable("a");
  assertEquals(test.actions("a").slice(1), [
    "plugin.disabled",
    "plugin.disposed",
  ]);
});

Deno.test("PluginHost rejects an id that no source contains", async (t) => {
  await using test = createTestHost({ builtins: [builtin("a")] });
  const { host } = test;
  await host.load();
  const calls: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    enable: (id) => host.enable(id),
    disable: (id) => host.disable(id),
    configure: (id) => host.configure(id, {}),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const id of ["nobody", "__proto__", "constructor", "", "a\nb"]) {
      await t.step(`${name} ${JSON.stringify(id)}`, async () => {
        const error = await assertRejects(() => call(id), PluginError);
        assertEquals(error.code, "PLUGIN_NOT_FOUND");
        assert(!error.message.includes("\n"));
      });
    }
  }
});

Deno.test("PluginHost rejects with the problems of the plugin's manifest", async () => {
  await using test = createTestHost({
    builtins: [builtin("a", {}, { version: "none" })],
  });
  const error = await assertRejects(() => test.host.enable("a"), PluginError);
  assertEquals(
    [error.code, error.problems.map(({ path }) => path)],
    ["PLUGIN_MANIFEST_INVALID", ["version"]],
  );
});

Deno.test("PluginHost runs related changes in the order of the calls", async () => {
  const state = new MemoryStateStore();
  await using test = createTestHost({ state, builtins: [builtin("a")] });
  const { host } = test;
  await Promise.all([
    host.load(),
    host.disable("a"),
    host.enable("a"),
    host.disable("a"),
    host.enable("a"),
  ]);
  assertEquals(host.get("a"), {});
  assertEquals((await stateOf(state)).revision, 4);
  const once = [
    "plugin.disabled",
    "plugin.disposed",
    "plugin.enabled",
    "plugin.registered.builtin",
  ];
  assertEquals(test.actions("a"), [
    "plugin.registered.builtin",
    ...once,
    ...once,
  ]);
});
