import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  PluginError,
  type PluginHost,
  type StateStore,
} from "@semantik/plugins";
import { MemoryStateStore } from "@semantik/plugins/state";
import { createTestHost as createPretendedHost } from "@semantik/plugins/testing";
import { assertProblem } from "../assert_problem.ts";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

async function refused(
  host: PluginHost,
  id: string,
): Promise<{ code: string; message: string; remedy: string }> {
  const error = await assertRejects(() => host.enable(id), PluginError);
  const { code, message, remedy } = error;
  assertEquals(error.pluginId, id);
  assertEquals(error.problems[0]?.code, code);
  return { code, message, remedy };
}

/** A store in memory that counts writes, in which `top` and all below are disabled. */
function disabledStore(ids: readonly string[]) {
  const memory = new MemoryStateStore();
  let writes = 0;
  const state: StateStore = {
    read: () => memory.read(),
    update(change) {
      writes++;
      return memory.update(change);
    },
  };
  const ready = memory.update(() =>
    new Map(ids.map((id) => [id, { enabled: false }]))
  );
  return { state, ready, writes: () => writes };
}

// "top" requires "left" and "right", and both require "base".
const CHAIN = [
  builtin("base"),
  builtin("left", {}, requires("base")),
  builtin("right", {}, requires("base")),
  builtin("top", {}, requires("left", "right")),
  builtin("other"),
];

Deno.test("PluginHost.enable() enables requirements in one write, on request", async () => {
  const store = disabledStore(["top", "left", "base", "other"]);
  await store.ready;
  await using test = createTestHost({ builtins: CHAIN, state: store.state });
  await test.host.load();
  await test.host.enable("top", { requirements: true });
  assertEquals(store.writes(), 1);
  assertEquals(
    test.actions().filter((action) => action.endsWith("plugin.enabled")),
    ["base plugin.enabled", "left plugin.enabled", "top plugin.enabled"],
  );
  const names = ["base", "left", "right", "top"];
  assert(names.every((id) => test.host.get(id) !== undefined));
  // Nobody asked for that one.
  assertEquals(test.host.get("other"), undefined);
  await test.host.enable("top", { requirements: true });
  assertEquals(store.writes(), 1);
});

Deno.test("PluginHost.enable() names every plugin to enable first", async () => {
  const store = disabledStore(["top", "left", "base"]);
  await store.ready;
  await using test = createTestHost({ builtins: CHAIN, state: store.state });
  await test.host.load();
  const { code, remedy } = await refused(test.host, "top");
  assertEquals([code, remedy], [
    "PLUGIN_DEPENDENCY_DISABLED",
    'Enable "base", "left" first, or pass { requirements: true }',
  ]);
  assertEquals(test.host.get("base"), undefined);
  await test.host.enable("top", { requirements: true });
  assert(test.host.get("top") !== undefined);
});

Deno.test("PluginHost.enable() reports that another process disabled the plugin again", async () => {
  const memory = new MemoryStateStore();
  let isRival = false;
  const disable = () =>
    memory.update(({ plugins }) =>
      new Map(plugins).set("a", { enabled: false })
    );
  await disable();
  await using test = createTestHost({
    builtins: [builtin("a")],
    state: {
      read: () => memory.read(),
      async update(change) {
        const snapshot = await memory.update(change);
        if (isRival) await disable();
        return snapshot;
      },
    },
  });
  await test.host.load();
  isRival = true;
  assertProblem(await refused(test.host, "a"), [
    "PLUGIN_STATE_CONFLICT",
    ['"a"', "disabled it again"],
    "enable it again",
  ]);
});

Deno.test("PluginHost.enable() reports the problems of an invalid manifest", async () => {
  await withPlugins({ a: "", b: "" }, async (folder) => {
    await using test = createTestHost({ sources: [folder] });
    await test.host.load();
    await Deno.writeTextFile(`${folder}/a/plugin.json`, "{");
    assertProblem(await refused(test.host, "a"), [
      "PLUGIN_MANIFEST_INVALID",
      [`${folder}/a`, "not JSON: line 1, column 2"],
      "no trailing commas",
    ]);
    await Deno.remove(`${folder}/b`, { recursive: true });
    const gone = await refused(test.host, "b");
    assertEquals(gone.code, "PLUGIN_NOT_FOUND");
    assert(gone.message.includes("The manifest is not JSON"), gone.message);
  });
});

Deno.test("PluginHost.enable() reports a manifest that became invalid meanwhile", async () => {
  await withPlugins({ a: "" }, async (folder) => {
    const memory = new MemoryStateStore();
    await memory.update(() => new Map([["a", { enabled: false }]]));
    await using test = createTestHost({
      sources: [folder],
      state: {
        read: () => memory.read(),
        async update(change) {
          await Deno.writeTextFile(`${folder}/a/plugin.json`, "{");
          return await memory.update(change);
        },
      },
    });
    await test.host.load();
    assertEquals(
      (await refused(test.host, "a")).code,
      "PLUGIN_MANIFEST_INVALID",
    );
  });
});

Deno.test("PluginHost.enable() names unreadable sources if an id is not found", async () => {
  await using test = createTestHost({
    sources: ["./nowhere"],
    builtins: [builtin("a")],
  });
  const { code, message, remedy } = await refused(test.host, "typo");
  assertEquals(code, "PLUGIN_NOT_FOUND");
  assert(message.includes("nowhere"), message);
  assert(remedy.endsWith(", or correct the id"), remedy);
});

Deno.test("PluginHost.enable() names the switch that turns a plugin off", async () => {
  await withPlugins({ a: "" }, async (folder) => {
    await using host = createPretendedHost({
      sources: [folder],
      env: { SEMANTIK_ENABLE_THING_PLUGINS: "0" },
    });
    await host.load();
    assertProblem(await refused(host, "a"), [
      "PLUGIN_NOT_LIVE",
      "SEMANTIK_ENABLE_THING_PLUGINS is off",
      ["Unset SEMANTIK_ENABLE_THING_PLUGINS", "restart the host"],
    ]);
  });
});
