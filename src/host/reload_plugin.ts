/** Replaces a live plugin by what its files now hold. */

import { errorOf, PluginError, type Problem } from "../base/errors.ts";
import { findPlugin } from "../inspect/find_plugin.ts";
import { pluginOf } from "../inspect/inspector.ts";
import { isInRange } from "../manifest/version.ts";
import { makePlan, selectPlan } from "../plan/plan.ts";
import { type ExecuteParts, startPlugin } from "./execute_plan.ts";
import { problemsOf, reportFailure } from "./failures.ts";
import { timeoutsOf } from "./options.ts";
import { type LivePlugin, notLive } from "./registry.ts";

/** Reloads a plugin. The old one stays in force if the new one fails. */
export function reloadPlugin(parts: ExecuteParts, id: string): Promise<void> {
  return reportFailure(
    parts,
    id,
    "plugin.reload.failed",
    () => reload(parts, id),
  );
}

function restartRequired(id: string): PluginError {
  return new PluginError(
    `Cannot reload plugin "${id}": it runs in the process of the host`,
    {
      code: "PLUGIN_RESTART_REQUIRED",
      pluginId: id,
      remedy: "Restart the host, or run the plugin in a process of its own",
    },
  );
}

/** Finds the live plugins that require another version than the new one. */
function unfitFor(
  dependents: readonly LivePlugin[],
  id: string,
  version: string,
): readonly Problem[] {
  return dependents.flatMap(({ plugin: { manifest } }) =>
    manifest.requires
      .filter((one) => one.id === id && !isInRange(version, one.version))
      .map((one): Problem => ({
        code: "PLUGIN_DEPENDENCY_VERSION",
        message: `Cannot reload plugin "${id}": "${manifest.id}" requires ` +
          `"${one.version}", and the new version is ${version}`,
        remedy: `Disable "${manifest.id}" first, or update it`,
      }))
  );
}

async function reload(parts: ExecuteParts, id: string): Promise<void> {
  const { inspector, registry, questions, events, watch, lives } = parts;
  const live = registry.get(id);
  if (live === undefined) {
    const inspection = await inspector.inspectAbout(id);
    findPlugin(inspection, makePlan(inspection.snapshot), "reload", id);
    throw notLive(id);
  }
  const { handOver } = live.running;
  if (handOver === undefined) throw restartRequired(id);
  const inspection = await inspector.inspectAbout(id, { asNew: true });
  const plan = selectPlan(makePlan(inspection.snapshot), id);
  const { steps } = await questions.ask(plan, inspection.remedyFor);
  const step = steps.find(({ plugin }) => plugin?.manifest.id === id);
  const plugin = step === undefined ? undefined : pluginOf(inspection, step);
  if (step === undefined || plugin === undefined) {
    findPlugin(inspection, plan, "reload", id);
    throw notLive(id);
  }
  const { decision } = step;
  if (decision.kind === "refuse") throw errorOf(id, decision.problems);
  if (decision.kind !== "load") throw notLive(id);
  const { version } = plugin.manifest;
  const unfit = unfitFor(registry.dependentsOf(id), id, version);
  if (unfit.length > 0) throw errorOf(id, unfit);
  let next: LivePlugin;
  try {
    next = await startPlugin(parts, plugin, inspection.configs.get(id));
  } catch (thrown) {
    lives.begin(live.plugin);
    throw errorOf(id, problemsOf(parts, plugin, thrown), thrown);
  }
  registry.add(next);
  await handOver(next.api);
  const problems = await retire(parts, live);
  const previous = live.plugin.manifest.version;
  events.emit({ action: "plugin.reloaded", plugin, previous, problems });
  watch.checkForRevoked(plugin);
}

async function retire(
  parts: ExecuteParts,
  live: LivePlugin,
): Promise<readonly Problem[]> {
  const { settings: { timeouts, clock } } = parts;
  const { id } = live.plugin.manifest;
  try {
    await live.retire(timeoutsOf(timeouts, id).dispose, clock);
    return [];
  } catch (thrown) {
    return problemsOf(parts, live.plugin, thrown);
  }
}
