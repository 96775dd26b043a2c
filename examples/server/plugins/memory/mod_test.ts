import { PluginError } from "@semantik/plugins";
import { testPlugin } from "@semantik/plugins/testing";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import plugin from "./mod.ts";
import manifest from "./plugin.json" with { type: "json" };

Deno.test("read() returns the used memory", async () => {
  await using tested = await testPlugin(plugin, manifest, { grants: {} });
  assertMatch(tested.api.read(), /^[1-9]\d* MiB$/);
});

Deno.test("healthCheck() is degraded above the limit", async () => {
  await using tested = await testPlugin(plugin, manifest);
  await tested.reconfigure({ limit_mib: 1_000_000 });
  assertEquals((await tested.health()).status, "healthy");
  await tested.reconfigure({ limit_mib: 1 });
  assertEquals((await tested.health()).status, "degraded");
});

Deno.test("configSchema refuses an invalid limit", async () => {
  for (const limit_mib of [0, -1, "1", NaN]) {
    await assertRejects(
      () => testPlugin(plugin, manifest, { config: { limit_mib } }),
      PluginError,
      "limit_mib: must be a number above 0",
    );
  }
});
