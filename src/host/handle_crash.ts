/**
 * What happens when a plugin left something unhandled.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import { describeThrown } from "../text.ts";
import type { HostCore } from "./core.ts";
import { lostRequirement } from "./lost_requirements.ts";
import { problemsOf } from "./problems.ts";
import type { Crash } from "./crash_guard.ts";
import { disposeInTurn } from "./dispose_plugins.ts";

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
  // What it left running may go on for ever, and once is enough in the trail.
  if (live === undefined && core.crashes.has(id)) return;
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
  core.crashes.set(id, problems);
  if (live === undefined) return;
  const dependents = core.registry.dependentsOf(id);
  for (const { plugin } of dependents) {
    const { id: dependent } = plugin.manifest;
    core.crashes.set(dependent, [lostRequirement(dependent, id)]);
  }
  const ended = disposeInTurn(
    core,
    [...dependents, live],
    "failed",
    (one) => core.crashes.get(one.plugin.manifest.id) ?? [],
  );
  core.endings.add(ended);
  ended.finally(() => core.endings.delete(ended));
}
