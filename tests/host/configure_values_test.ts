import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { MemoryStateStore } from "@semantik/plugins/state";
import { z } from "zod";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { stored, watched } from "./watched_plugin.ts";

Deno.test("PluginHost.load() passes a validated configuration to a plugin", async () => {
  const { calls, plugin } = watched();
  await using test = createTestHost({
    config: { a: { model: "big" } },
    builtins: [builtin("a", plugin)],
  });
  await test.host.load();
  assertEquals(calls, ['setup {"model":"big","depth":1}']);
});

Deno.test("PluginHost.load() reports every issue of an invalid configuration", async () => {
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

Deno.test("PluginHost.configure() accepts only plain JSON, and copies it", async (t) => {
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

Deno.test("PluginHost.configure() changes nothing if the configuration is the same", async () => {
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

Deno.test("PluginHost.configure() passes the output of the schema to the plugin", async () => {
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
