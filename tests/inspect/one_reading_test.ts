import { assertEquals } from "@std/assert";
import { createTestHost } from "@semantik/plugins/testing";
import { runCli } from "../cli/run_cli.ts";
import { withPlugins } from "../host/with_plugins.ts";

const CODE = "export default { setup: () => ({}) };";
const IDS = ["a", "b", "c", "d", "e"];

/** Counts how often each manifest is opened meanwhile. */
async function countOpens(
  body: () => Promise<unknown>,
): Promise<Readonly<Record<string, number>>> {
  const opens: Record<string, number> = {};
  const { openSync } = Deno;
  Deno.openSync = (path, options) => {
    const [, id] = /([^/\\]+)[/\\]plugin\.json$/.exec(String(path)) ?? [];
    if (id !== undefined) opens[id] = (opens[id] ?? 0) + 1;
    return openSync(path, options);
  };
  try {
    await body();
  } finally {
    Deno.openSync = openSync;
  }
  return opens;
}

Deno.test("each answer opens each manifest once", async (t) => {
  const plugins = Object.fromEntries(IDS.map((id) => [id, CODE]));
  const once = Object.fromEntries(IDS.map((id) => [id, 1]));
  await withPlugins(plugins, async (folder) => {
    for (const command of ["list", "plan", "permissions", "validate"]) {
      await t.step(`semantik-plugin ${command}`, async () => {
        assertEquals(await countOpens(() => runCli([command, folder])), once);
      });
    }
    await using host = createTestHost({ sources: [folder] });
    await t.step("host.plan()", async () => {
      assertEquals(await countOpens(() => host.plan()), once);
    });
    await t.step("host.permissionReport()", async () => {
      assertEquals(await countOpens(() => host.permissionReport()), once);
    });
    await t.step("host.load()", async () => {
      assertEquals(await countOpens(() => host.load()), once);
    });
    await t.step("host.seal() opens none", async () => {
      assertEquals(await countOpens(() => host.seal()), {});
    });
    await t.step("host.disable() opens one manifest alone", async () => {
      assertEquals(await countOpens(() => host.disable("a")), { a: 1 });
    });
  });
});
