import { PluginError } from "@semantik/plugins";
import { testPlugin } from "@semantik/plugins/testing";
import { assertEquals, assertRejects } from "@std/assert";
import plugin from "./mod.ts";
import manifest from "./plugin.json" with { type: "json" };

Deno.test("greet() greets with the value of GREETING", async () => {
  for (
    const [env, expected] of [
      [{}, "Hello world"],
      [{ GREETING: "Servus" }, "Servus world"],
    ] as const
  ) {
    await using tested = await testPlugin(plugin, manifest, { env });
    assertEquals(tested.api.greet("world"), expected);
  }
});

Deno.test("greeter is refused with the missing flag", async () => {
  const error = await assertRejects(
    () => testPlugin(plugin, manifest, { grants: {} }),
    PluginError,
    'permission env to "GREETING" is not granted',
  );
  assertEquals(error.remedy, "Start the host with --allow-env=GREETING");
});
