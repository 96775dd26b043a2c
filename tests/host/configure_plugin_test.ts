import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { MemoryStateStore } from "@semantik/plugins/state";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { stored, watched } from "./watched_plugin.ts";

Deno.test("PluginHost.configure() calls reconfigure with the new configuration", async () => {
  const state = new MemoryStateStore();
  const { calls, note, plugin } = watched({
    reconfigure: ({ config }) => note("reconfigure", config),
  });
  await using test = createTestHost({
    state,
    builtins: [builtin("a", plugin)],
  });
  const { host } = test;
  await host.load();
  const api = host.get("a");
  assertEquals(await host.configure("a", { depth: 2 }), {
    validated: true,
    changed: ["depth"],
  });
  assertEquals(await host.configure("a", { model: "big" }), {
    validated: true,
    changed: ["depth", "model"],
  });
  assertEquals(calls, [
    'setup {"model":"small","depth":1}',
    'reconfigure {"model":"small","depth":2}',
    'reconfigure {"model":"big","depth":1}',
  ]);
  assert(host.get("a") === api);
  assertEquals(await stored(state), { config: { model: "big" } });
});

Deno.test("PluginHost.configure() sets up a plugin without reconfigure again, with dependents", async () => {
  const { calls, plugin } = watched();
  let dependents = 0;
  await using test = createTestHost({
    builtins: [
      builtin("a", plugin),
      builtin("b", {
        setup({ use }) {
          calls.push("dependent setup");
          dependents++;
          return { uses: use("a") };
        },
        dispose: () => calls.push("dependent dispose"),
      }, requires("a")),
    ],
  });
  const { host } = test;
  await host.load();
  await host.configure("a", { depth: 2 });
  assertEquals(calls, [
    'setup {"model":"small","depth":1}',
    "dependent setup",
    "dependent dispose",
    "dispose",
    'setup {"model":"small","depth":2}',
    "dependent setup",
  ]);
  assertEquals(dependents, 2);
  assertEquals(host.get("b"), { uses: host.get("a") });
});

Deno.test("PluginHost.configure() keeps the old configuration if the new one is invalid", async () => {
  const state = new MemoryStateStore();
  const { calls, plugin } = watched();
  await using test = createTestHost({
    state,
    builtins: [builtin("a", plugin)],
  });
  const { host } = test;
  await host.load();
  await host.configure("a", { depth: 2 });
  const before = [...calls];
  const error = await assertRejects(
    () => host.configure("a", { model: "", depth: 0.5 }),
    PluginError,
  );
  assertEquals([error.code, error.pluginId], ["PLUGIN_CONFIG_INVALID", "a"]);
  assertEquals(error.problems.map(({ path }) => path), ["model", "depth"]);
  assert(error.problems.every(({ remedy }) => remedy.length > 0));
  assertEquals(calls, before);
  assertEquals(await stored(state), { config: { depth: 2 } });
  assertEquals(host.get("a"), { config: { model: "small", depth: 2 } });
  assertEquals(
    test.actions("a").filter((action) => action === "plugin.config.updated")
      .length,
    1,
  );
});

Deno.test("PluginHost.configure() restores the old configuration if the plugin fails", async (t) => {
  await t.step("a reconfigure that throws", async () => {
    const state = new MemoryStateStore();
    const { calls, plugin } = watched({
      reconfigure() {
        throw new Error("not now");
      },
    });
    await using test = createTestHost({
      state,
      builtins: [builtin("a", plugin)],
    });
    await test.host.load();
    const error = await assertRejects(
      () => test.host.configure("a", { depth: 2 }),
      PluginError,
      'Cannot reconfigure plugin "a": Error: not now',
    );
    assertEquals(error.code, "PLUGIN_SETUP_FAILED");
    // It may have taken half of it: it is set up again with what was in force.
    assertEquals(calls, [
      'setup {"model":"small","depth":1}',
      "dispose",
      'setup {"model":"small","depth":1}',
    ]);
    assertEquals(await stored(state), undefined);
  });
  await t.step("a setup that throws", async () => {
    const state = new MemoryStateStore([["a", { config: { model: "old" } }]]);
    const { plugin } = watched({
      setup({ config }) {
        if (config.depth > 1) throw new Error("too deep");
        return { config };
      },
    });
    await using test = createTestHost({
      state,
      builtins: [builtin("a", plugin), builtin("b", {}, requires("a"))],
    });
    await test.host.load();
    const error = await assertRejects(
      () => test.host.configure("a", { depth: 2 }),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_SETUP_FAILED");
    assertEquals(test.host.get("a"), { config: { model: "old", depth: 1 } });
    assertEquals(test.host.get("b"), {});
    assertEquals(await stored(state), { config: { model: "old" } });
  });
  await t.step(
    "a reconfigure that throws what cannot be looked at",
    async () => {
      const { plugin } = watched({
        reconfigure() {
          const { proxy, revoke } = Proxy.revocable({}, {});
          revoke();
          throw proxy;
        },
      });
      await using test = createTestHost({ builtins: [builtin("a", plugin)] });
      await test.host.load();
      await assertRejects(
        () => test.host.configure("a", { depth: 2 }),
        PluginError,
        "a value that cannot be shown",
      );
      assertEquals(test.host.get("a"), {
        config: { model: "small", depth: 1 },
      });
    },
  );
});

Deno.test("PluginHost.configure() stores for a plugin that is not live, without validation", async () => {
  const state = new MemoryStateStore([["a", { enabled: false }]]);
  const { calls, plugin } = watched();
  await using test = createTestHost({
    state,
    builtins: [builtin("a", plugin)],
  });
  const { host } = test;
  await host.load();
  assertEquals(await host.configure("a", { depth: -2 }), {
    validated: false,
    changed: ["depth"],
  });
  assertEquals(await stored(state), { enabled: false, config: { depth: -2 } });
  const error = await assertRejects(() => host.enable("a"), PluginError);
  assertEquals(error.code, "PLUGIN_CONFIG_INVALID");
  await host.configure("a", { depth: 2 });
  await host.enable("a");
  assertEquals(calls, ['setup {"model":"small","depth":2}']);
});
