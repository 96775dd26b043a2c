import { testPlugin } from "@semantik/plugins/testing";
import { PluginError } from "@semantik/plugins";
import { assertEquals, assertRejects } from "@std/assert";
import { maskAddresses } from "./mask_addresses.ts";

Deno.test("mask-addresses masks with the configured word", async () => {
  const { manifest, plugin } = maskAddresses;
  await using tested = await testPlugin(plugin, manifest, {
    config: { mask: "*" },
  });
  assertEquals(await tested.api.apply("a@b.example, c@d"), "*, c@d");
  assertEquals(tested.audit.events.at(-1)?.count, 1);
});

Deno.test("mask-addresses refuses an empty mask", async () => {
  const { manifest, plugin } = maskAddresses;
  await assertRejects(
    () => testPlugin(plugin, manifest, { config: { mask: "" } }),
    PluginError,
    "mask",
  );
});
