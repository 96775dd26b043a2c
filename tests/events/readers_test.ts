import { assertEquals } from "@std/assert";
import { definePlugin } from "@semantik/plugins";
import { createTestHost } from "@semantik/plugins/testing";

Deno.test("the trail and host.events report the same steps, the trail first", async () => {
  const manifest = (id: string) => ({ id, type: "thing", version: "1.0.0" });
  const order: string[] = [];
  {
    await using host = createTestHost({
      builtins: [
        {
          manifest: manifest("good"),
          plugin: definePlugin({ setup: () => ({}) }),
        },
        {
          manifest: manifest("bad"),
          plugin: definePlugin({
            setup() {
              throw new Error("on purpose");
            },
          }),
        },
        {
          manifest: { ...manifest("old"), host: "^9.0.0" },
          plugin: definePlugin({ setup: () => ({}) }),
        },
      ],
    });
    // The trail is written before anybody is told.
    const recorded = () => host.audit.events.length;
    host.events.addEventListener("statuschange", ({ detail }) => {
      const { action } = host.audit.events.at(-1) ?? {};
      order.push(`${detail.id} ${detail.status}: ${action}`);
    });
    host.events.addEventListener("refusal", ({ detail }) => {
      const { action } = host.audit.events.at(-1) ?? {};
      order.push(`${detail.id} refused: ${action}`);
    });
    await host.load();
    await host.disable("good");
    const before = recorded();
    await host.disable("good");
    assertEquals(recorded(), before);
  }
  // Plugins that are independent start side by side.
  assertEquals(order.sort(), [
    "bad failed: plugin.load.failed",
    "good disabled: plugin.disposed",
    "good live: plugin.registered.builtin",
    "old refused: plugin.load.refused",
  ]);
});
