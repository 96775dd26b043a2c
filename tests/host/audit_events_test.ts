import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { MemoryStateStore } from "@semantik/plugins/state";
import type { Event } from "../audit/collector.ts";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

/** An event without its time, which is checked to be one. */
function timeless(event: Event | undefined): Event {
  const { timestamp, ...others } = event ?? {};
  assertMatch(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  return others;
}

Deno.test("PluginHost records loaded, refused, skipped and failed plugins with details", async () => {
  await withPlugins({
    bad: `throw new Error("at import");`,
    disabled: {
      code: "throw 1;",
      manifest: { type: "reader", version: "2.1.0" },
    },
    good: "export default { setup: () => ({}) };",
    newer: { code: "throw 1;", manifest: { host: "^2.0.0" } },
  }, async (folder) => {
    await Deno.mkdir(`${folder}/broken`);
    await Deno.writeTextFile(`${folder}/broken/plugin.json`, "{");
    await using test = createTestHost({
      sources: [folder],
      builtins: [
        builtin("ours", {}, { type: "writer", version: "3.0.0-rc.1" }),
      ],
      state: new MemoryStateStore([["disabled", { enabled: false }]]),
    });
    await test.host.load();
    const by = (id: string) => {
      const found = test.events().filter(({ plugin_id }) => plugin_id === id);
      assertEquals(found.length, 1, `one event about ${id}`);
      return timeless(found[0]);
    };

    assertEquals(by("ours"), {
      level: "info",
      plugin_id: "ours",
      action: "plugin.registered.builtin",
      plugin_type: "writer",
      version: "3.0.0-rc.1",
      entry_point: "builtin:ours",
    });
    assertEquals(by("good"), {
      level: "info",
      plugin_id: "good",
      action: "plugin.registered.external",
      plugin_type: "thing",
      version: "1.0.0",
      entry_point: `file://${folder}/good/mod.ts`,
    });
    assertEquals(by("disabled"), {
      level: "info",
      plugin_id: "disabled",
      action: "plugin.load.skipped",
      plugin_type: "reader",
      version: "2.1.0",
      entry_point: `file://${folder}/disabled/mod.ts`,
      reason: "disabled",
    });
    const failed = {
      code: "PLUGIN_IMPORT_FAILED",
      message: 'Cannot import plugin "bad": Error: at import',
      remedy: "See the cause, and fix the plugin's module",
    };
    assertEquals(by("bad"), {
      level: "error",
      plugin_id: "bad",
      action: "plugin.load.failed",
      plugin_type: "thing",
      version: "1.0.0",
      entry_point: `file://${folder}/bad/mod.ts`,
      code: failed.code,
      error: failed.message,
      problems: [failed],
    });
    const { problems, ...refused } = by("newer");
    assertEquals(refused, {
      level: "warn",
      plugin_id: "newer",
      action: "plugin.load.refused",
      plugin_type: "thing",
      version: "1.0.0",
      entry_point: `file://${folder}/newer/mod.ts`,
      code: "PLUGIN_HOST_INCOMPATIBLE",
      source: `${folder}/newer`,
    });
    assert(Array.isArray(problems) && problems.length === 1);

    // The source identifies a plugin that cannot be read.
    const unreadable = by(`source:${folder}/broken`);
    assertEquals(
      [unreadable.action, unreadable.code, unreadable.level],
      ["plugin.load.refused", "PLUGIN_MANIFEST_INVALID", "warn"],
    );
  });
});

Deno.test("PluginHost records decisions before any plugin's code runs", async () => {
  let seen: readonly string[] = [];
  await using test = createTestHost({
    builtins: [
      builtin("a", {
        setup() {
          seen = test.actions();
          return {};
        },
      }),
      builtin("b", {}, requires("missing")),
    ],
  });
  await test.host.load();
  assertEquals(seen, ["b plugin.load.refused"]);
});

Deno.test("PluginHost records one event per change of a plugin", async () => {
  await using test = createTestHost({
    environment: recordEnvironment({ MODEL_KEY: "some value" }),
    builtins: [
      builtin("a", {
        reconfigure() {},
        healthCheck: () => ({ status: "degraded", message: "slow today" }),
      }, { permissions: { env: ["MODEL_KEY"] } }),
    ],
  });
  const { host } = test;
  await host.load();
  await host.disable("a");
  await host.disable("a");
  await host.enable("a");
  await host.enable("a");
  const config = { model: "m", api_key_env: "MODEL_KEY", depth: { x: 1 } };
  await host.configure("a", config);
  await host.configure("a", config);
  await host.health("a");
  await host[Symbol.asyncDispose]();
  assertEquals(test.actions("a"), [
    "plugin.registered.builtin",
    "plugin.disabled",
    "plugin.disposed",
    "plugin.enabled",
    "plugin.registered.builtin",
    "plugin.config.updated",
    "plugin.health_check",
    "plugin.disposed",
  ]);
  const [updated] = test.events().filter(({ action }) =>
    action === "plugin.config.updated"
  );
  assertEquals(timeless(updated), {
    level: "info",
    plugin_id: "a",
    action: "plugin.config.updated",
    plugin_type: "thing",
    version: "1.0.0",
    entry_point: "builtin:a",
    config_keys: ["api_key_env", "depth", "model"],
  });
  const [checked] = test.events().filter(({ action }) =>
    action === "plugin.health_check"
  );
  const { latency_ms, ...health } = timeless(checked);
  assert(typeof latency_ms === "number" && latency_ms >= 0);
  assertEquals(health, {
    level: "info",
    plugin_id: "a",
    action: "plugin.health_check",
    plugin_type: "thing",
    version: "1.0.0",
    entry_point: "builtin:a",
    status: "degraded",
    message: "slow today",
  });
});

Deno.test("PluginHost does not record rejected calls", async () => {
  await using test = createTestHost({ builtins: [builtin("a")] });
  const { host } = test;
  await host.load();
  const before = test.events().length;
  await assertRejects(() => host.enable("nobody"), PluginError);
  await assertRejects(() => host.disable("nobody"), PluginError);
  await assertRejects(() => host.configure("nobody", {}), PluginError);
  await assertRejects(() => host.health("nobody"), PluginError);
  assertEquals(test.events().length, before);
});

Deno.test("PluginHost records a plugin's own events under the plugin's id", async () => {
  await using test = createTestHost({
    builtins: [builtin("a", {
      setup({ audit }) {
        audit("index.rebuilt", {
          documents: 3,
          plugin_id: "host",
          action: "plugin.enabled",
          timestamp: "never",
          level: "critical",
          plugin_type: "system",
          version: "9.9.9",
          entry_point: "file:///bin/sh",
          password: "hunter2-hunter2",
        });
        audit("line\nplugin.enabled\u202e\u001b[31m");
        audit("odd", {
          get broken(): never {
            throw new Error("no");
          },
        });
        return {};
      },
    })],
  });
  await test.host.load();
  const [rebuilt, line, odd, registered] = test.events();
  assertEquals(timeless(rebuilt), {
    level: "info",
    plugin_id: "a",
    action: "index.rebuilt",
    plugin_type: "thing",
    version: "1.0.0",
    entry_point: "builtin:a",
    documents: 3,
    detail_plugin_id: "host",
    detail_action: "plugin.enabled",
    detail_timestamp: "never",
    detail_level: "critical",
    detail_plugin_type: "system",
    detail_version: "9.9.9",
    detail_entry_point: "file:///bin/sh",
    password: "[REDACTED]",
  });
  // deno-lint-ignore no-control-regex
  assert(!/[\u0000-\u001f\u202e]/.test(String(line?.action)));
  assertEquals([line?.plugin_id, odd?.plugin_id], ["a", "a"]);
  assertEquals(registered?.action, "plugin.registered.builtin");
  assertEquals(test.host.audit.dropped, 0);
});

Deno.test("PluginHost prefixes plugin events with reserved names", async () => {
  const reserved: readonly unknown[] = [
    "plugin.disabled",
    "host.sealed",
    "switch.unclear",
    "permission.denied",
    "audit.lost",
    "plugin.custom",
    "plugin.customary",
    "PLUGIN.DISABLED",
    "Plugin.Custom.x",
    " plugin.disabled",
    "\n\tplugin.disabled",
    ".plugin.disabled",
    "\u200bplugin.disabled",
    "plu\u00adgin.dis\u034fabled",
    "plugin\u{e0041}.disabled",
    `${"\u3164".repeat(900)}plugin.disabled`,
    "\uff50lugin.disabled",
    "\u0440lugin.disabled",
    "h\u043est.sealed",
    "p\u0142ugin.disabled",
    "plugin\u2024disabled",
    "plugin\u3002disabled",
    "plugin disabled",
    "plugin:disabled",
    "p1ugin.disabled",
    "pIugin.disabled",
    "h0st.sealed",
    "plugin.",
    `plugin.${"x".repeat(5_000)}`,
    { toString: () => "plugin.disabled" },
    ["host.sealed"],
  ];
  const free: readonly unknown[] = [
    "plugin.custom.rebuilt",
    "plugin.custom.plugin.disabled",
    "plugins.rebuilt",
    "plugin-index.rebuilt",
    "index.plugin.rebuilt",
    "hosting.began",
    "hast.sealed",
    "\u0438\u043d\u0434\u0435\u043a\u0441.rebuilt",
    "gr\u00f6\u00dfe.changed",
    "plugin",
    "",
    undefined,
  ];
  await using test = createTestHost({
    builtins: [builtin("a", {
      setup({ audit }) {
        for (const action of [...reserved, ...free]) {
          Reflect.apply(audit, undefined, [action]);
        }
        return {};
      },
    })],
  });
  await test.host.load();
  const actions = test.events().map(({ action }) => String(action));
  reserved.forEach((action, at) => {
    assertMatch(actions[at] ?? "", /^plugin\.custom\./, String(action));
  });
  assertEquals(actions[0], "plugin.custom.plugin.disabled");
  assertEquals(actions.slice(reserved.length, -1), free.map(String));
  assertEquals(actions.at(-1), "plugin.registered.builtin");
});

Deno.test("PluginHost reports unreadable switches once", async () => {
  await withPlugins(
    { a: "export default { setup: () => ({}) };" },
    async (folder) => {
      await using test = createTestHost({ sources: [folder] });
      await test.host.load();
      await test.host.disable("a");
      await test.host.enable("a");
      const told = test.events().filter(({ action }) =>
        action === "switch.unreadable"
      );
      assertEquals(
        told.map((
          { plugin_id, level, variables, flag, remedy },
        ) => [plugin_id, level, variables, flag, remedy]),
        [[
          "host:test",
          "warn",
          ["SEMANTIK_ENABLE_PLUGINS", "SEMANTIK_ENABLE_THING_PLUGINS"],
          "--allow-env=SEMANTIK_ENABLE_*",
          "Start the host with --allow-env='SEMANTIK_ENABLE_*', or with its " +
          "option switches: false",
        ]],
      );
    },
  );
});
