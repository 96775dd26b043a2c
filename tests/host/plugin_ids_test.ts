import { assertEquals } from "@std/assert";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

Deno.test("PluginHost treats only plugins of the builtins option as builtins", async () => {
  const says = (id: string) => ({
    code: `export const builtin = true; export default {
      origin: "builtin", builtin: true, setup: (context) => {
        context.audit("own", { origin: "builtin", entry_point: "builtin:x" });
        return { origin: "builtin" };
      } };`,
    manifest: {
      description: "builtin",
      author: "builtin",
      displayName: `builtin:${id}`,
    },
  });
  await withPlugins({ builtin: says("a") }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      builtins: [builtin("ours")],
    });
    await test.host.load();
    const registered = test.events().filter(({ action }) =>
      String(action).startsWith("plugin.registered")
    );
    assertEquals(
      registered.map((
        { plugin_id, action, entry_point },
      ) => [plugin_id, action, entry_point]),
      [
        ["ours", "plugin.registered.builtin", "builtin:ours"],
        [
          "builtin",
          "plugin.registered.external",
          `file://${folder}/builtin/mod.ts`,
        ],
      ],
    );
    const own = test.events().find(({ action }) => action === "own");
    assertEquals(own?.entry_point, `file://${folder}/builtin/mod.ts`);
    assertEquals(own?.detail_entry_point, "builtin:x");
  });
});

Deno.test("PluginHost gives an id to the builtin, or to the earlier source", async () => {
  const squat = { code: `throw new Error("must not run");`, id: "taken" };
  await withPlugins({
    first: squat,
    taken: { ...squat, id: "other" },
    late: { ...squat, id: "other" },
  }, async (folder) => {
    await using test = createTestHost({
      builtins: [
        builtin("taken", { setup: () => ({ mine: true }) }),
        builtin("taken"),
      ],
      sources: [`${folder}/first`, `${folder}/taken`, `${folder}/late`],
      importModule: (specifier) =>
        Promise.resolve({ default: { setup: () => ({ specifier }) } }),
    });
    const { loaded, refused } = await test.host.load();
    assertEquals(loaded.map(({ id, source }) => [id, source]), [
      ["taken", "builtin:taken"],
      ["other", `${folder}/taken`],
    ]);
    assertEquals(refused.map(({ id, code, source }) => [id, code, source]), [
      ["taken", "PLUGIN_ID_CONFLICT", "builtin:taken"],
      ["taken", "PLUGIN_ID_CONFLICT", `${folder}/first`],
      ["other", "PLUGIN_ID_CONFLICT", `${folder}/late`],
    ]);
    assertEquals(test.host.get("taken"), { mine: true });
  });
});

Deno.test("PluginHost ignores later changes of a manifest object", async () => {
  const manifest = { id: "a", type: "thing", version: "1.0.0" };
  await using test = createTestHost({
    builtins: [{
      manifest,
      plugin: {
        setup() {
          manifest.id = "b";
          manifest.type = "other";
          return {};
        },
      },
    }],
  });
  const { loaded } = await test.host.load();
  assertEquals(loaded.map(({ id, type }) => [id, type]), [["a", "thing"]]);
  assertEquals(test.host.byType("thing").length, 1);
});
