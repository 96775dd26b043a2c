/**
 * The end of plugins.
 *
 * @module
 */

import type { HostCore } from "./core.ts";
import { problemsOf } from "./core.ts";
import type { LivePlugin } from "./live_plugin.ts";

/**
 * Takes a live plugin out of the registry and disposes of it.
 *
 * @param core The host.
 * @param live The plugin.
 * @returns What its `dispose` threw, as a list of at most one.
 */
export async function disposePlugin(
  core: HostCore,
  live: LivePlugin,
): Promise<readonly unknown[]> {
  const { timeouts, clock } = core.settings;
  core.registry.remove(live);
  try {
    await live.retire(timeouts.dispose, clock);
    core.record(live.plugin, "plugin.disposed");
    return [];
  } catch (thrown) {
    const problems = problemsOf(core, live.plugin.manifest.id, thrown);
    core.record(live.plugin, "plugin.disposed", {
      error: problems[0]?.message,
      problems,
    }, "error");
    return [thrown];
  }
}

/**
 * Disposes of every live plugin, what depends before what it depends on.
 *
 * @param core The host.
 * @returns What was thrown on the way.
 */
export async function disposeAll(core: HostCore): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  for (const live of core.registry.inOrder().reverse()) {
    errors.push(...await disposePlugin(core, live));
  }
  return errors;
}
