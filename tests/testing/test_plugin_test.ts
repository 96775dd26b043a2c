import { contract, PluginError } from "@semantik/plugins";
import { definePlugin } from "@semantik/plugins/plugin";
import { testPlugin } from "@semantik/plugins/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { builtin, manifestOf, requires } from "../host/builtin.ts";

const model = definePlugin({
  configSchema: z.strictObject({
    model: z.string().default("small"),
    api_key: z.string().optional(),
  }),
  setup: ({ config }) => ({ model: () => config.model }),
});

Deno.test("testPlugin() returns a plugin with its types", async () => {
  await using tested = await testPlugin(model, manifestOf("a"), {
    config: { model: "large" },
  });
  const name: string = tested.api.model();
  const config: { model: string } = tested.context.config;
  assertEquals([name, config.model], ["large", "large"]);
});

Deno.test("testPlugin() resolves a configuration as a host does", async (t) => {
  const manifest = manifestOf("a", { permissions: { env: ["A_API_KEY"] } });
  await t.step("a reference to a declared variable", async () => {
    await using tested = await testPlugin(model, manifest, {
      config: { api_key_env: "A_API_KEY" },
      env: { A_API_KEY: "k-1234567890" },
    });
    assertEquals(tested.context.config.api_key, "k-1234567890");
  });
  const cases = [
    [{ api_key_env: "B_API_KEY" }, "B_API_KEY"],
    [{ api_key: "sk-abcdefghijklmnopqrstuvwxyz123456" }, "api_key"],
    [{ modle: "large" }, "modle"],
    [{ model: 1 }, "model"],
  ] as const;
  for (const [config, word] of cases) {
    await t.step(JSON.stringify(config), async () => {
      const error = await assertRejects(
        () => testPlugin(model, manifest, { config }),
        PluginError,
        word,
      );
      assertEquals(error.code, "PLUGIN_CONFIG_INVALID");
      assertEquals(error.pluginId, "a");
    });
  }
  await t.step("a raw secret, if the host allows it", async () => {
    await using tested = await testPlugin(model, manifest, {
      config: { api_key: "sk-abcdefghijklmnopqrstuvwxyz123456" },
      allowRawSecrets: true,
    });
    assert(tested.context.config.api_key?.startsWith("sk-"));
  });
});

Deno.test("testPlugin() passes context.env as a host does", async () => {
  const manifest = manifestOf("a", {
    permissions: { env: ["A_TOKEN"] },
    optionalPermissions: { env: ["B_TOKEN"] },
  });
  const env = { A_TOKEN: "a", B_TOKEN: "b", C_TOKEN: "c", PLAIN: "p" };
  await using tested = await testPlugin(model, manifest, { env });
  assertEquals(tested.context.env, { A_TOKEN: "a", B_TOKEN: "b", PLAIN: "p" });
  await using narrow = await testPlugin(model, manifest, {
    env,
    grants: { env: ["A_TOKEN"] },
  });
  assertEquals(narrow.context.env, { A_TOKEN: "a" });
});

Deno.test("testPlugin() refuses a plugin as a host does", async (t) => {
  const cases = [
    {
      manifest: manifestOf("a", { permissions: { net: ["a.example:443"] } }),
      options: { grants: { net: ["b.example:443"] } },
      code: "PLUGIN_PERMISSION_MISSING",
    },
    {
      manifest: manifestOf("a", { permissions: { env: ["A_TOKEN"] } }),
      options: { grants: {}, env: { A_TOKEN: "a" } },
      code: "PLUGIN_PERMISSION_MISSING",
    },
    {
      manifest: manifestOf("a", { host: ">=2.0.0" }),
      options: {},
      code: "PLUGIN_HOST_INCOMPATIBLE",
    },
    {
      manifest: manifestOf("a", { requires: [{ id: "b", version: "^1.0.0" }] }),
      options: {},
      code: "PLUGIN_DEPENDENCY_MISSING",
    },
    {
      manifest: { ...manifestOf("a"), permision: {} },
      options: {},
      code: "PLUGIN_MANIFEST_INVALID",
    },
    {
      manifest: manifestOf("a"),
      options: { contract: contract<{ embed(): void }>("embed") },
      code: "PLUGIN_CONTRACT_BROKEN",
    },
    {
      manifest: manifestOf("a", { permissions: { write: ["$DATA"] } }),
      options: {},
      code: "PLUGIN_MANIFEST_INVALID",
    },
  ] as const;
  for (const { manifest, options, code } of cases) {
    await t.step(`${code} ${JSON.stringify(options)}`, async () => {
      const error = await assertRejects(
        () => testPlugin(model, manifest, options),
        PluginError,
      );
      assertEquals(error.code, code, error.message);
      assert(error.remedy !== "" && error.problems.length > 0);
    });
  }
});

Deno.test("testPlugin() accepts a host version and stubs of required plugins", async () => {
  const plugin = definePlugin({
    setup: ({ use }) => ({ other: () => use<{ name: string }>("b")?.name }),
  });
  const manifest = manifestOf("a", {
    host: "^3.0.0",
    requires: [{ id: "b", version: "^1.0.0" }],
  });
  await using tested = await testPlugin(plugin, manifest, {
    hostVersion: "3.1.0",
    requires: [builtin("b", { setup: () => ({ name: "stand-in" }) })],
  });
  assertEquals(tested.api.other(), "stand-in");
});

Deno.test("testPlugin() throws what the plugin threw as the cause", async () => {
  const setup = () => ({});
  for (
    const thrown of [
      new TypeError("no model"),
      new PluginError("no key", {
        code: "PLUGIN_SETUP_FAILED",
        remedy: "Set it",
      }),
    ]
  ) {
    const fail = (): never => {
      throw thrown;
    };
    const validate = {
      "~standard": { version: 1, vendor: "own", validate: fail },
    };
    const plugins = {
      setup: { setup: fail },
      schema: { setup, configSchema: validate },
      getter: Object.defineProperty({ setup }, "configSchema", { get: fail }),
    };
    for (const [part, plugin] of Object.entries(plugins)) {
      const error = await assertRejects(
        () => Reflect.apply(testPlugin, undefined, [plugin, manifestOf("a")]),
        PluginError,
        thrown.message,
      );
      assert(error.cause === thrown, part);
    }
  }
});

Deno.test("testPlugin() throws why a plugin is not live, not what a dispose threw", async () => {
  const dispose = () => {
    throw new Error("stuck");
  };
  const broken = await assertRejects(
    () =>
      testPlugin({ setup: () => ({}), dispose }, manifestOf("a"), {
        contract: contract<{ embed(): void }>("embed"),
      }),
    PluginError,
    "embed",
  );
  assertEquals(broken.cause, undefined);
  const plugin = {
    setup: () => {
      throw new TypeError("no model");
    },
  };
  await assertRejects(
    () =>
      testPlugin(plugin, manifestOf("a", requires("b")), {
        requires: [builtin("b", { dispose })],
      }),
    PluginError,
    'Cannot set up plugin "a": TypeError: no model',
  );
});

Deno.test("testPlugin() limits dispose by its own time limit alone", async () => {
  const plugin = definePlugin({
    setup: () => ({}),
    dispose: () => new Promise<void>(() => {}),
  });
  const tested = await testPlugin(plugin, manifestOf("a"), {
    timeouts: { dispose: 600_000 },
  });
  const disposed = assertRejects(
    () => tested.dispose(),
    PluginError,
    "did not settle within 600000 ms",
  );
  let isOver = false;
  disposed.finally(() => isOver = true);
  while (!isOver) {
    tested.clock.advance(50_000);
    await new Promise((resolve) => setTimeout(resolve));
  }
  await disposed;
});

Deno.test("testPlugin() disposes the plugin when it throws", async () => {
  const disposed: string[] = [];
  const plugin = definePlugin({
    setup: () => ({}),
    dispose: () => void disposed.push("a"),
  });
  await assertRejects(
    () =>
      testPlugin(plugin, manifestOf("a"), {
        contract: contract<{ embed(): void }>("embed"),
      }),
    PluginError,
  );
  assertEquals(disposed, ["a"]);
});

Deno.test("health() returns the health as a host sees it", async () => {
  const plugin = definePlugin({
    setup: () => ({}),
    healthCheck: ({ config }) => config,
  });
  const tested = await testPlugin(plugin, manifestOf("a"), {
    config: { status: "degraded", message: "slow" },
  });
  assertEquals(await tested.health(), {
    status: "degraded",
    message: "slow",
    latencyMs: 0,
    checkedAt: "1970-01-01T00:00:00.000Z",
  });
  await tested.dispose();
  await assertRejects(() => tested.health(), PluginError, "it was disposed");
});

Deno.test("reconfigure() calls the plugin's reconfigure, or sets it up again", async () => {
  await using anew = await testPlugin(model, manifestOf("a"));
  const before = anew.api;
  const { changed, validated } = await anew.reconfigure({ model: "large" });
  assertEquals([changed, validated], [["model"], true]);
  assertEquals([anew.api.model(), anew.api === before], ["large", false]);
  assertEquals(anew.context.config.model, "large");

  let current = "";
  const plugin = definePlugin({
    setup: () => ({ model: () => current }),
    reconfigure: ({ config }) => {
      current = JSON.stringify(config);
    },
  });
  await using kept = await testPlugin(plugin, manifestOf("b"));
  const same = kept.api;
  await kept.reconfigure({ model: "large" });
  assertEquals([kept.api === same, same.model()], [true, '{"model":"large"}']);
  assert(kept.audit.actions("b").includes("plugin.config.updated"));
});

Deno.test("reconfigure() keeps the old configuration if the new one is invalid", async () => {
  await using tested = await testPlugin(model, manifestOf("a"));
  await assertRejects(() => tested.reconfigure({ model: 1 }), PluginError);
  assertEquals(tested.api.model(), "small");
});

Deno.test("dispose() aborts the signal once and rethrows errors", async () => {
  let times = 0;
  const plugin = definePlugin({
    setup: () => ({}),
    dispose: () => {
      times++;
      throw new Error("stuck");
    },
  });
  const tested = await testPlugin(plugin, manifestOf("a"));
  const { signal } = tested.context;
  for (const _ of [1, 2]) {
    await assertRejects(() => tested.dispose(), PluginError, "stuck");
  }
  assertEquals([times, signal.aborted], [1, true]);
  await assertRejects(
    () => tested.reconfigure({}),
    PluginError,
    "it was disposed",
  );
});

Deno.test("testPlugin() collects the audit events and logs of a plugin", async () => {
  const plugin = definePlugin({
    setup: ({ audit, log }) => {
      log.warn("careful");
      audit("index.rebuilt", { documents: 3 });
      return {};
    },
  });
  await using tested = await testPlugin(plugin, manifestOf("a"));
  assertEquals(tested.logged, [
    { id: "a", level: "warn", message: "careful" },
  ]);
  assertEquals(tested.audit.events[0]?.documents, 3);
});

Deno.test("testPlugin() reaches a time limit without waiting", async () => {
  const { createFakeClock } = await import("@semantik/plugins/testing");
  const clock = createFakeClock();
  const plugin = definePlugin({
    setup: () => new Promise<Record<string, never>>(() => {}),
  });
  const started = assertRejects(
    () =>
      testPlugin(plugin, manifestOf("a"), { clock, timeouts: { setup: 50 } }),
    PluginError,
    "did not settle within 50 ms",
  );
  let isOver = false;
  started.finally(() => isOver = true);
  while (!isOver) {
    clock.advance(50);
    await new Promise((resolve) => setTimeout(resolve));
  }
  await started;
});

Deno.test("testPlugin() finds leaked signal listeners", async (t) => {
  const { default: process } = await import("node:process");
  const signal = "SIGINT";
  const listener = () => {};
  const kinds = {
    Deno: [
      () => Deno.addSignalListener(signal, listener),
      () => Deno.removeSignalListener(signal, listener),
    ],
    Node: [
      () => void process.on(signal, listener),
      () => void process.off(signal, listener),
    ],
  } as const;
  for (const [name, [add, remove]] of Object.entries(kinds)) {
    await t.step(`of ${name}`, async () => {
      const careless = definePlugin({
        setup() {
          add();
          return {};
        },
      });
      const tested = await testPlugin(careless, manifestOf("a"));
      const error = await assertRejects(() => tested.dispose(), PluginError);
      remove();
      assertEquals(error.code, "PLUGIN_DISPOSE_FAILED");
      assertEquals(
        error.message,
        'Plugin "a" leaks after dispose: a signal listener',
      );
    });
    await t.step(`removed, of ${name}`, async () => {
      const careful = definePlugin({
        setup({ signal: stop }) {
          add();
          stop.addEventListener("abort", remove);
          return {};
        },
      });
      await using _tested = await testPlugin(careful, manifestOf("a"));
    });
  }
});
