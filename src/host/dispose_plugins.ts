/**
 * The end of plugins.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { HostCore } from "./core.ts";
import { errorOf, problemsOf } from "./problems.ts";
import type { PluginStatus } from "./host_events.ts";
import { timeoutsOf } from "./timeouts.ts";
import type { LivePlugin } from "./live_plugin.ts";

const NO_PROBLEMS: readonly Problem[] = Object.freeze([]);

async function retire(
  core: HostCore,
  live: LivePlugin,
  status: PluginStatus,
  reasons: readonly Problem[],
): Promise<readonly unknown[]> {
  const { timeouts, clock } = core.settings;
  const { id } = live.plugin.manifest;
  try {
    await live.retire(timeoutsOf(timeouts, id).dispose, clock);
    core.record(live.plugin, "plugin.disposed");
    core.events.emit("statuschange", { id, status, problems: reasons });
    return [];
  } catch (thrown) {
    const problems = problemsOf(core, live.plugin, thrown);
    core.record(live.plugin, "plugin.disposed", {
      error: problems[0]?.message,
      problems,
    }, "error");
    core.events.emit("statuschange", {
      id,
      status,
      problems: Object.freeze([...reasons, ...problems]),
    });
    return [errorOf(id, problems, thrown)];
  } finally {
    core.noticeRevocation(live.plugin);
  }
}

/**
 * Takes plugins out of the registry at once, and disposes of them one after the
 * other. One that is out of it already is passed over.
 *
 * @param core The host.
 * @param plugins The plugins: what depends before what it depends on.
 * @param status What they are afterwards.
 * @param reasons Why one of them is ended, where something is wrong.
 * @returns What was thrown on the way.
 */
export async function disposeInTurn(
  core: HostCore,
  plugins: readonly LivePlugin[],
  status: PluginStatus = "disposed",
  reasons: (live: LivePlugin) => readonly Problem[] = () => NO_PROBLEMS,
): Promise<readonly unknown[]> {
  const removed = plugins.filter((live) => core.registry.remove(live));
  const errors: unknown[] = [];
  for (const live of removed) {
    errors.push(...await retire(core, live, status, reasons(live)));
  }
  return errors;
}

/**
 * Disposes of every live plugin, what depends before what it depends on.
 *
 * @param core The host.
 * @returns What was thrown on the way.
 */
export function disposeAll(core: HostCore): Promise<readonly unknown[]> {
  return disposeInTurn(core, core.registry.inOrder().reverse());
}

/**
 * Throws what was collected on the way.
 *
 * @param errors What was thrown: with none of them nothing happens.
 * @param message What several of them are told as.
 */
export function throwAll(errors: readonly unknown[], message: string): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, message);
}
