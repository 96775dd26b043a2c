import { assertEquals, assertRejects } from "@std/assert";
import { PluginError, type StateStore } from "@semantik/plugins";
import { FileStateStore, MemoryStateStore } from "@semantik/plugins/state";
import { withStateFile } from "../state/with_state_file.ts";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

Deno.test("PluginHost.enable() and disable() write nothing when nothing changes", async () => {
  const memory = new MemoryStateStore([["off", { enabled: false }]]);
  const state: StateStore = {
    read: () => memory.read(),
    update: () => Promise.reject(new Error("this state is read-only")),
  };
  await using test = createTestHost({
    state,
    builtins: [builtin("on"), builtin("off")],
  });
  const { host } = test;
  await host.load();
  const before = test.actions();
  const api = host.get("on");
  await host.enable("on");
  await host.disable("off");
  assertEquals([host.get("on"), host.get("off")], [api, undefined]);
  assertEquals(test.actions(), before);
  await assertRejects(() => host.enable("off"), Error, "read-only");
  await assertRejects(() => host.disable("on"), Error, "read-only");
  assertEquals([host.get("on"), host.get("off")], [api, undefined]);
});

Deno.test("PluginHost.enable() and disable() work on read-only state if nothing changes", async () => {
  const memory = new MemoryStateStore();
  const state: StateStore = {
    read: () => memory.read(),
    update: () => Promise.reject(new Error("this state is read-only")),
  };
  let isBroken = true;
  await using test = createTestHost({
    state,
    builtins: [builtin("a", {
      setup() {
        if (isBroken) throw new Error("not yet");
        return {};
      },
    })],
  });
  const { host } = test;
  await host.load();
  isBroken = false;
  await host.enable("a");
  assertEquals(host.get("a"), {});
  // Another process disabled it: here it only has to end.
  await memory.update(() => new Map([["a", { enabled: false }]]));
  await host.disable("a");
  assertEquals(host.get("a"), undefined);
});

Deno.test("PluginHost loads no external plugin if the directory of its state is missing", async () => {
  await withPlugins(
    { a: "export default { setup: () => ({}) };" },
    (plugins) =>
      withStateFile(async (file) => {
        const folder = file.replace(/[^/]*$/, "volume");
        const state = new FileStateStore(`${folder}/state.json`);
        await Deno.mkdir(folder);
        await state.update(() => new Map([["a", { enabled: false }]]));
        // The volume is gone.
        await Deno.rename(folder, `${folder}_elsewhere`);
        {
          await using test = createTestHost({
            sources: [plugins],
            builtins: [builtin("ours")],
            state,
          });
          const { loaded, refused } = await test.host.load();
          assertEquals(loaded.map(({ id }) => id), ["ours"]);
          assertEquals(refused.map(({ id, code }) => [id, code]), [
            ["a", "PLUGIN_STATE_CORRUPT"],
          ]);
          const error = await assertRejects(
            () => test.host.enable("a"),
            PluginError,
          );
          assertEquals(error.code, "PLUGIN_STATE_UNWRITABLE");
        }
        await Deno.rename(`${folder}_elsewhere`, folder);
        await using test = createTestHost({ sources: [plugins], state });
        const { skipped } = await test.host.load();
        assertEquals(skipped.map(({ id, reason }) => [id, reason]), [
          ["a", "disabled"],
        ]);
      }),
  );
});
