/** A plugin with a configuration that keeps what it is told. */

import { assert } from "@std/assert";
import type { PluginState } from "@semantik/plugins";
import type { MemoryStateStore } from "@semantik/plugins/state";
import type { Plugin } from "@semantik/plugins/plugin";
import { z } from "zod";

const SCHEMA = z.object({
  model: z.string().min(1).default("small"),
  depth: z.number().int().positive().default(1),
  api_key: z.string().optional(),
});
type Config = z.infer<typeof SCHEMA>;

/**
 * Makes one.
 *
 * @param parts What it does otherwise.
 * @returns The plugin, and the calls so far.
 */
export function watched(parts: Partial<Plugin<Config>> = {}) {
  const calls: string[] = [];
  const note = (call: string, config: Config) =>
    calls.push(`${call} ${JSON.stringify(config)}`);
  const plugin: Partial<Plugin<Config>> = {
    configSchema: SCHEMA,
    setup({ config }) {
      note("setup", config);
      return { config };
    },
    dispose: () => calls.push("dispose"),
    ...parts,
  };
  return { calls, note, plugin };
}

/** Returns the stored state of plugin `a`. */
export async function stored(
  store: MemoryStateStore,
): Promise<PluginState | undefined> {
  const state = await store.read();
  assert(state.ok);
  return state.snapshot.plugins.get("a");
}
