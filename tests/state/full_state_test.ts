import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  FileStateStore,
  type PluginState,
  type StateChange,
} from "@semantik/plugins/state";
import { MAX_STATE_BYTES } from "../../src/state/state_text.ts";
import { withStateFile } from "./with_state_file.ts";

const setting =
  (id: string, state: PluginState): StateChange => ({ plugins }) =>
    new Map(plugins).set(id, state);

/** Fills a state file to the last byte that a configuration may take. */
async function fill(store: FileStateStore, path: string): Promise<void> {
  const filling = (length: number) =>
    setting("full", { config: { text: "x".repeat(length) } });
  await store.update(filling(1));
  const rest = MAX_STATE_BYTES - (await Deno.stat(path)).size;
  await store.update(filling(rest + 1));
  assertEquals((await Deno.stat(path)).size, MAX_STATE_BYTES);
}

Deno.test("FileStateStore stores decisions when configurations fill the file", async () => {
  await withStateFile(async (path) => {
    const store = new FileStateStore(path);
    await fill(store, path);
    const ids = Array.from({ length: 100 }, (_, index) => `plugin-${index}`);
    await store.update(({ plugins }) =>
      new Map([
        ...plugins,
        ...ids.map((id) => [id, { enabled: false }] as const),
      ]), { unrecorded: true });
    const full = await store.read();
    assert(full.ok);
    assertEquals(full.snapshot.plugins.size, 101);
    assertEquals(full.snapshot.unrecorded?.length, 100);
    await store.markRecorded(ids);

    const error = await assertRejects(
      () => store.update(setting("more", { config: { text: "y" } })),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    // What makes room is no growth, whatever else it does.
    await store.update(setting("full", { config: { text: "x" } }));
    await store.update(setting("more", { config: { text: "y" } }));
  });
});
