/**
 * What happens when a plugin left something unhandled.
 *
 * @module
 */

import { PluginError, type Problem } from "../errors.ts";
import { describeThrown } from "../text.ts";
import type { HostCore } from "./core.ts";
import { problemsOf } from "./problems.ts";
import type { Crash } from "./crash_guard.ts";
import { disposeInTurn } from "./dispose_plugins.ts";

/** Why a plugin cannot go on without another. */
function lostDependency(id: string, lost: string): readonly Problem[] {
  const problem: Problem = {
    code: "PLUGIN_DEPENDENCY_FAILED",
    message: `Cannot go on with plugin "${id}": it requires "${lost}", which ` +
      "crashed",
    remedy: `Mend plugin "${lost}", then enable both again`,
  };
  return Object.freeze([Object.freeze(problem)]);
}

/**
 * Takes a plugin that crashed out of use, with what requires it, and disposes
 * of it. One that is being brought to life fails when it is done.
 *
 * @param core The host.
 * @param crash What was left unhandled.
 */
export function handleCrash(core: HostCore, crash: Crash): void {
  const { ids, kind, reason } = crash;
  const [id, ...others] = ids;
  if (id === undefined) return;
  if (others.length > 0) {
    const error = core.mask(describeThrown(reason));
    core.recordHost("plugin.crash.unclear", { kind, ids, error }, "error");
    return;
  }
  const live = core.registry.get(id);
  const plugin = live?.plugin ?? core.opened.get(id);
  if (plugin === undefined) return;
  const problems = problemsOf(
    core,
    plugin,
    new PluginError(
      `Cannot go on with plugin "${id}": it left ${
        kind === "error" ? "an error" : "a rejection"
      } unhandled: ${describeThrown(reason)}`,
      {
        code: "PLUGIN_CRASHED",
        pluginId: id,
        remedy: "Await or catch what the plugin starts; then enable it again",
        cause: reason,
      },
    ),
  );
  core.record(plugin, "plugin.crashed", { kind, problems }, "error");
  if (live === undefined) {
    core.crashes.set(id, problems);
    return;
  }
  const ended = disposeInTurn(
    core,
    [...core.registry.dependentsOf(id), live],
    "failed",
    (one) =>
      one === live ? problems : lostDependency(one.plugin.manifest.id, id),
  );
  core.endings.add(ended);
  ended.finally(() => core.endings.delete(ended));
}
