import { assert, assertEquals, assertRejects } from "@std/assert";
import { definePlugin, PluginError } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { MemoryStateStore } from "@semantik/plugins/state";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { stored, watched } from "./watched_plugin.ts";

Deno.test("PluginHost.configure() resolves references, but stores them unresolved", async () => {
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

Deno.test("PluginHost.configure() refuses undeclared references and raw secrets", async (t) => {
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

Deno.test("PluginHost reads secrets from files, and shows none", async () => {
  const directory = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${directory}/declared`);
  await Deno.mkdir(`${directory}/secrets`);
  await Deno.writeTextFile(`${directory}/secrets/key`, "canary-0123456789\n");
  await Deno.writeTextFile(`${directory}/declared/token`, "canary-9876543210");
  await Deno.writeTextFile(`${directory}/other`, "canary-other");
  const config = {
    api_key_file: `${directory}/secrets/key`,
    nested: { tokenFile: `${directory}/declared/token` },
    log_file: `${directory}/log.txt`,
    python_env: "venv",
  };
  const state = new MemoryStateStore();
  const plugin = definePlugin({
    setup: ({ config, log }) => {
      log.info(JSON.stringify(config));
      return { config };
    },
  });
  const declared = { read: [`${directory}/declared`] };
  await using test = createTestHost({
    state,
    secretDirectories: [`${directory}/secrets`],
    builtins: [
      builtin("a", plugin, { permissions: declared }),
      builtin("b", plugin),
    ],
    config: { a: config, b: { api_key_file: `${directory}/other` } },
  });
  const { host } = test;
  const { refused } = await host.load();
  assertEquals(host.get("a"), {
    config: {
      api_key: "canary-0123456789",
      nested: { token: "canary-9876543210" },
      log_file: `${directory}/log.txt`,
      python_env: "venv",
    },
  });
  assertEquals(refused.map(({ id, problems }) => [id, problems[0]?.message]), [[
    "b",
    'Cannot use configuration of plugin "b": api_key_file names a file that the manifest does not declare under permissions.read',
  ]]);
  const events = JSON.stringify(test.events());
  assert(events.includes("plugin.config.notice"));
  assert(!events.includes("canary"), events);
  const { declared: needed } = await host.permissionReport();
  assertEquals(needed.read?.toString().split(",").toSorted(), [
    `${directory}/declared`,
    `${directory}/secrets/key`,
  ]);
  // Another host stores what this one would start with.
  const next = { api_key_file: `${directory}/secrets/next` };
  await state.update(() => new Map([["a", { config: next }]]));
  const { declared: later } = await host.permissionReport();
  assertEquals(later.read?.toString().split(",").toSorted(), [
    `${directory}/declared`,
    `${directory}/secrets/key`,
    `${directory}/secrets/next`,
  ]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("PluginHost leaves _file keys alone with secretDirectories: false", async () => {
  const config = { api_key_file: "/run/secrets/x", token_file: "./y" };
  const plugin = definePlugin({ setup: ({ config }) => ({ config }) });
  await using test = createTestHost({
    secretDirectories: false,
    builtins: [builtin("a", plugin)],
    config: { a: config },
  });
  await test.host.load();
  assertEquals(test.host.get("a"), { config });
});
