import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError, type PluginHost } from "@semantik/plugins";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

type Call = (host: PluginHost) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  load: (host) => host.load(),
  enable: (host) => host.enable("a"),
  disable: (host) => host.disable("a"),
  configure: (host) => host.configure("a", {}),
  health: (host) => host.health(),
  watchHealth: (host) => host.watchHealth({ every: 1 }),
  dispose: (host) => host[Symbol.asyncDispose](),
};

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  const error = await assertRejects(call, PluginError);
  assert(error.remedy.length > 0);
  assertEquals(error.pluginId, "a");
  return error.code;
}

Deno.test("PluginHost rejects every change that a plugin's setup requests", async (t) => {
  for (const [name, call] of Object.entries(CALLS)) {
    await t.step(name, async () => {
      const codes: string[] = [];
      await using test = createTestHost({
        builtins: [builtin("a", {
          async setup() {
            codes.push(await codeOf(() => call(test.host)));
            // What is asked for later, while setup is not over, is the same.
            await Promise.resolve();
            const later = Promise.withResolvers<void>();
            queueMicrotask(later.resolve);
            await later.promise;
            codes.push(await codeOf(() => call(test.host)));
            return {};
          },
        })],
      });
      const { loaded } = await test.host.load();
      assertEquals(loaded.length, 1);
      assertEquals(codes, ["PLUGIN_REENTRANT_LOAD", "PLUGIN_REENTRANT_LOAD"]);
    });
  }
});

Deno.test("PluginHost.load() rejects a call from a plugin's top level", async () => {
  const code = `
    const outcome = await globalThis[Symbol.for("reentrant-test")].load()
      .then(() => "loaded", (error) => error.code);
    export default { setup: () => ({ outcome }) };`;
  await withPlugins({ a: code }, async (folder) => {
    const key = Symbol.for("reentrant-test");
    await using test = createTestHost({ sources: [folder] });
    Reflect.set(globalThis, key, test.host);
    try {
      await test.host.load();
    } finally {
      Reflect.deleteProperty(globalThis, key);
    }
    assertEquals(test.host.get("a"), { outcome: "PLUGIN_REENTRANT_LOAD" });
  });
});

Deno.test("PluginHost rejects changes from healthCheck, reconfigure, validation and dispose", async () => {
  const codes: string[] = [];
  const test = createTestHost({
    builtins: [builtin<unknown>("a", {
      configSchema: {
        "~standard": {
          version: 1,
          vendor: "test",
          async validate(value: unknown) {
            codes.push(await codeOf(() => test.host.load()));
            return { value };
          },
        },
      },
      async reconfigure() {
        codes.push(await codeOf(() => test.host.load()));
      },
      async healthCheck() {
        codes.push(await codeOf(() => test.host.health()));
      },
      async dispose() {
        codes.push(await codeOf(() => test.host[Symbol.asyncDispose]()));
      },
    })],
  });
  await test.host.load();
  await test.host.health("a");
  await test.host.configure("a", { b: 1 });
  await test.host[Symbol.asyncDispose]();
  // Twice validated: at the load, and with the new configuration.
  assertEquals(codes, Array(5).fill("PLUGIN_REENTRANT_LOAD"));
});

Deno.test("PluginHost.load() can be called from a later callback of a plugin", async () => {
  const callback = Promise.withResolvers<() => Promise<unknown>>();
  const report = Promise.withResolvers<unknown>();
  await using test = createTestHost({
    builtins: [builtin("a", {
      setup() {
        // A timer carries the plugin's context; setup is over when it fires.
        setTimeout(() => report.resolve(test.host.load()), 1);
        callback.resolve(() => test.host.load());
        return {};
      },
    })],
  });
  const expected = await test.host.load();
  assert(await report.promise === expected);
  const call = await callback.promise;
  assert(await call() === expected);
});

Deno.test("PluginHost.load() can be called from a plugin's method", async () => {
  await using test = createTestHost({
    builtins: [builtin("a", {
      setup: () => ({ reload: () => test.host.load() }),
    })],
  });
  const expected = await test.host.load();
  const api = test.host.get("a");
  assert(typeof api === "object" && api !== null);
  const reload: unknown = Reflect.get(api, "reload");
  assert(typeof reload === "function");
  assert(await reload() === expected);
});
