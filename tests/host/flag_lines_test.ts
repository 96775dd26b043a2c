import { assertEquals } from "@std/assert";
import { definePlugin } from "@semantik/plugins";
import { createTestHost } from "@semantik/plugins/testing";

function builtin(permissions: Readonly<Record<string, readonly string[]>>) {
  return {
    manifest: { id: "plain", type: "note", version: "1.0.0", permissions },
    plugin: definePlugin({ setup: () => ({}) }),
  };
}

Deno.test("PluginHost.permissionReport() suggests only --no-prompt if nothing is needed", async () => {
  await using host = createTestHost({
    switches: false,
    builtins: [builtin({})],
  });
  const report = await host.permissionReport();
  assertEquals(
    [report.flags, report.flagLine, report.optionalFlagLine],
    [["--no-prompt"], "--no-prompt", "--no-prompt"],
  );
});

Deno.test("PluginHost shows no empty line of flags for default import hosts", async () => {
  await using host = createTestHost({
    switches: false,
    builtins: [builtin({ import: ["esm.sh:443"] })],
    grants: { import: ["code.example:443"] },
  });
  const { refused } = await host.load();
  assertEquals(
    refused.map(({ problems }) => problems[0]?.remedy),
    ["Start the host without --allow-import, or name esm.sh:443 in it"],
  );
});
