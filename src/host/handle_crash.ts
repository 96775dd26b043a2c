/**
 * What happens when a plugin left something unhandled.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import { describeThrown } from "../text.ts";
import type { HostCore } from "./core.ts";
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
  const { id, kind, reason } = crash;
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
  );
  core.endings.add(ended);
  ended.finally(() => core.endings.delete(ended));
}
