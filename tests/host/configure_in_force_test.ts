import { assertEquals, assertRejects } from "@std/assert";
import { PluginError, type StateStore } from "@semantik/plugins";
import { MemoryStateStore } from "@semantik/plugins/state";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { stored, watched } from "./watched_plugin.ts";

/** Stores a configuration of plugin `a`, as another host does. */
async function storeElsewhere(
  state: MemoryStateStore,
  config: Readonly<Record<string, string | number>>,
): Promise<void> {
  await state.update(({ plugins }) => new Map(plugins).set("a", { config }));
}

Deno.test("PluginHost.configure() applies a configuration that another host stored", async (t) => {
  for (const canReconfigure of [true, false]) {
    await t.step(canReconfigure ? "by reconfigure" : "by setup", async () => {
      const state = new MemoryStateStore();
      const { calls, note, plugin } = watched();
      const parts = canReconfigure
        ? {
          ...plugin,
          reconfigure: ({ config }: { config: Parameters<typeof note>[1] }) => {
            note("reconfigure", config);
          },
        }
        : plugin;
      await using test = createTestHost({
        state,
        builtins: [builtin("a", parts)],
      });
      await test.host.load();
      await storeElsewhere(state, { depth: 2 });
      assertEquals(await test.host.configure("a", { depth: 2 }), {
        validated: true,
        changed: ["depth"],
      });
      assertEquals(
        calls.at(-1),
        `${
          canReconfigure ? "reconfigure" : "setup"
        } {"model":"small","depth":2}`,
      );
      assertEquals(test.actions("a").at(-1), "plugin.config.updated");
      // In force and stored by now: nothing is left to do.
      const count = calls.length;
      assertEquals(await test.host.configure("a", { depth: 2 }), {
        validated: true,
        changed: [],
      });
      assertEquals(calls.length, count);
    });
  }
});

Deno.test("PluginHost.configure() applies what a store kept although it threw", async () => {
  const memory = new MemoryStateStore();
  let isBroken = true;
  const state: StateStore = {
    read: (options) => memory.read(options),
    async update(change, options) {
      const snapshot = await memory.update(change, options);
      if (isBroken) throw new Error("the answer was lost");
      return snapshot;
    },
  };
  const { calls, plugin } = watched();
  await using test = createTestHost({
    state,
    builtins: [builtin("a", plugin)],
  });
  await test.host.load();
  await assertRejects(
    () => test.host.configure("a", { depth: 2 }),
    Error,
    "the answer was lost",
  );
  isBroken = false;
  const { changed } = await test.host.configure("a", { depth: 2 });
  assertEquals(changed, ["depth"]);
  assertEquals(calls.at(-1), 'setup {"model":"small","depth":2}');
});

Deno.test("PluginHost.configure() restores the configuration in force after a failure", async () => {
  const state = new MemoryStateStore();
  const { calls, plugin } = watched({
    setup({ config }) {
      if (config.depth > 1) throw new Error("too deep");
      return { config };
    },
  });
  await using test = createTestHost({
    state,
    config: { a: { model: "big" } },
    builtins: [builtin("a", plugin), builtin("b", {}, requires("a"))],
  });
  await test.host.load();
  await storeElsewhere(state, { depth: 2 });
  await assertRejects(
    () => test.host.configure("a", { depth: 2 }),
    PluginError,
    "too deep",
  );
  assertEquals(test.host.get("a"), { config: { model: "big", depth: 1 } });
  assertEquals(test.host.get("b"), {});
  assertEquals(await stored(state), { config: { depth: 2 } });
  assertEquals(calls, ["dispose"]);
});

Deno.test("PluginHost.configure() stores again what another host reverted", async () => {
  const state = new MemoryStateStore();
  const { calls, plugin } = watched();
  await using test = createTestHost({
    state,
    builtins: [builtin("a", plugin)],
  });
  await test.host.load();
  await test.host.configure("a", { depth: 2 });
  await storeElsewhere(state, { depth: 1 });
  const count = calls.length;
  assertEquals(await test.host.configure("a", { depth: 2 }), {
    validated: true,
    changed: [],
  });
  assertEquals(calls.length, count);
  assertEquals(await stored(state), { config: { depth: 2 } });
});

Deno.test("PluginHost.configure() compares with a copy of the initial configuration", async () => {
  const { calls, plugin } = watched();
  const mine = { depth: 1 };
  await using test = createTestHost({
    config: { a: mine },
    builtins: [builtin("a", plugin)],
  });
  await test.host.load();
  mine.depth = 2;
  const { changed } = await test.host.configure("a", { depth: 2 });
  assertEquals(changed, ["depth"]);
  assertEquals(calls.at(-1), 'setup {"model":"small","depth":2}');
});
