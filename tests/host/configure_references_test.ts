import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  MemoryStateStore,
  PluginError,
  recordEnvironment,
} from "@semantik/plugins";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { stored, watched } from "./watched_plugin.ts";

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
