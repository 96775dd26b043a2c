import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  MemoryStateStore,
  PluginError,
  type PluginState,
  recordEnvironment,
} from "@semantik/plugins";
import type { Plugin } from "@semantik/plugins/plugin";
import { z } from "zod";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

const SCHEMA = z.object({
  model: z.string().min(1).default("small"),
  depth: z.number().int().positive().default(1),
  api_key: z.string().optional(),
});
type Config = z.infer<typeof SCHEMA>;

/** A plugin with a schema that keeps what it is told. */
function watched(parts: Partial<Plugin<Config>> = {}) {
  const calls: string[] = [];
  const note = (call: string, config: Config) =>
    calls.push(`${call} ${JSON.stringify(config)}`);
  const plugin: Partial<Plugin<Config>> = {
    configSchema: SCHEMA,
    setup({ config }) {
      note("setup", config);
      return { config };
    },
    dispose: () => calls.push("dispose"),
    ...parts,
  };
  return { calls, note, plugin };
}

async function stored(
  store: MemoryStateStore,
): Promise<PluginState | undefined> {
  const state = await store.read();
  assert(state.ok);
  return state.snapshot.plugins.get("a");
}

Deno.test("PluginHost.load() hands a plugin its configuration, validated", async () => {
  const { calls, plugin } = watched();
  await using test = createTestHost({
    config: { a: { model: "big" } },
    builtins: [builtin("a", plugin)],
  });
  await test.host.load();
  assertEquals(calls, ['setup {"model":"big","depth":1}']);
});

Deno.test("PluginHost.load() fails a plugin whose configuration is not valid, with every issue", async () => {
  const { calls, plugin } = watched();
  await using test = createTestHost({
    config: { a: { model: "", depth: -1 } },
    builtins: [builtin("a", plugin)],
  });
  const { failed } = await test.host.load();
  assertEquals(failed.map(({ id, code }) => [id, code]), [
    ["a", "PLUGIN_CONFIG_INVALID"],
  ]);
  assertEquals(failed[0]?.problems.map(({ path }) => path), ["model", "depth"]);
  assertEquals(calls, []);
});

Deno.test("PluginHost.configure() has the plugin take a new configuration by reconfigure", async () => {
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

Deno.test("PluginHost.configure() sets a plugin up again that has no reconfigure, with its dependents", async () => {
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

Deno.test("PluginHost.configure() leaves in force what is valid when the new one is not, with every issue at once", async () => {
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

Deno.test("PluginHost.configure() goes back when the plugin cannot take the configuration", async (t) => {
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

Deno.test("PluginHost.configure() stores for a plugin that is not live, and says that it was not validated", async () => {
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

Deno.test("PluginHost.configure() resolves references, stores them as they are, and shows no secret", async () => {
  const secret = "sk-live-0123456789abcdefghij";
  const state = new MemoryStateStore();
  const { calls, note, plugin } = watched({
    reconfigure: ({ config }) => note("reconfigure", config),
  });
  await using test = createTestHost({
    state,
    environment: recordEnvironment({ SERVICE_API_KEY: secret }),
    builtins: [
      builtin("a", plugin, { permissions: { env: ["SERVICE_API_KEY"] } }),
    ],
  });
  const { host } = test;
  await host.load();
  await host.configure("a", { api_key_env: "SERVICE_API_KEY" });
  assertEquals(
    calls.at(-1),
    `reconfigure {"model":"small","depth":1,"api_key":"${secret}"}`,
  );
  assertEquals(await stored(state), {
    config: { api_key_env: "SERVICE_API_KEY" },
  });
  assert(!JSON.stringify(test.events()).includes(secret));
});

Deno.test("PluginHost.configure() refuses references and raw secrets that are not allowed, live or not", async (t) => {
  const raw = { api_key: "sk-live-0123456789abcdefghij" };
  const foreign = { api_key_env: "SOMEBODY_ELSES_KEY", model: "" };
  for (const enabled of [true, false]) {
    await t.step(enabled ? "live" : "not live", async () => {
      const state = new MemoryStateStore(
        enabled ? [] : [["a", { enabled: false }]],
      );
      const { plugin } = watched();
      await using test = createTestHost({
        state,
        environment: recordEnvironment({ SOMEBODY_ELSES_KEY: "x" }),
        builtins: [builtin("a", plugin)],
      });
      await test.host.load();
      for (const config of [raw, foreign]) {
        const error = await assertRejects(
          () => test.host.configure("a", config),
          PluginError,
        );
        assertEquals(error.code, "PLUGIN_CONFIG_INVALID");
        assert(!error.message.includes(raw.api_key));
      }
      assertEquals((await stored(state))?.config, undefined);
    });
  }
});

Deno.test("PluginHost.configure() takes plain JSON alone, and copies it", async (t) => {
  await using test = createTestHost({
    builtins: [builtin("a", { setup: ({ config }) => ({ config }) })],
  });
  const { host } = test;
  await host.load();
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const cases: Readonly<Record<string, unknown>> = {
    "a list": [],
    null: null,
    "a text": "x",
    "nothing": undefined,
    "a function": { f() {} },
    "a date": { at: new Date(0) },
    "a circle": circular,
    "not a number": { n: NaN },
    "a bigint": { n: 1n },
  };
  for (const [name, config] of Object.entries(cases)) {
    await t.step(name, async () => {
      const call: unknown = Reflect.apply(host.configure, host, ["a", config]);
      const error = await assertRejects(
        () => Promise.resolve(call),
        PluginError,
      );
      assertEquals(error.code, "PLUGIN_CONFIG_INVALID");
    });
  }
  const list = [1];
  await host.configure("a", { list });
  list.push(2);
  assertEquals(host.get("a"), { config: { list: [1] } });
  await t.step("__proto__ is a key like any other", async () => {
    const config = JSON.parse('{"__proto__":{"polluted":true}}');
    const changed = await host.configure("a", config).then(
      (result) => result.changed,
      (error) => error.code,
    );
    assert(
      changed === "PLUGIN_CONFIG_INVALID" || changed.includes("__proto__"),
    );
    assertEquals(Reflect.get({}, "polluted"), undefined);
  });
});

Deno.test("PluginHost.configure() changes nothing where nothing changes", async () => {
  const state = new MemoryStateStore();
  const { calls, plugin } = watched();
  await using test = createTestHost({
    state,
    config: { a: { depth: 2, model: "big" } },
    builtins: [builtin("a", plugin)],
  });
  const { host } = test;
  await host.load();
  assertEquals(await host.configure("a", { model: "big", depth: 2 }), {
    validated: true,
    changed: [],
  });
  assertEquals(calls.length, 1);
  assertEquals(await stored(state), undefined);
  // What a person writes down again wins over the options from then on.
  assertEquals((await host.configure("a", { depth: 2 })).changed, ["model"]);
  assertEquals(host.get("a"), { config: { model: "small", depth: 2 } });
});

Deno.test("PluginHost.configure() goes by the schema that is asked now, with what it makes of the input", async () => {
  const schema = z.object({
    size: z.string().transform((text) => text.length),
  });
  await using test = createTestHost({
    config: { a: { size: "four" } },
    builtins: [
      builtin<z.infer<typeof schema>>("a", {
        configSchema: schema,
        setup: ({ config }) => ({ size: config.size }),
      }),
    ],
  });
  await test.host.load();
  assertEquals(test.host.get("a"), { size: 4 });
  await test.host.configure("a", { size: "twelve chars" });
  assertEquals(test.host.get("a"), { size: 12 });
});
