/**
 * Takes plugins out of use and back into it, and remembers that.
 *
 * @module
 */

import { PluginError, type Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { makePlan } from "../plan/make_plan.ts";
import { type Plan, selectPlan } from "../plan/plan.ts";
import type { PlanOutcome } from "../plan/run_plan.ts";
import type { PluginState, StateSnapshot } from "../state/state_store.ts";
import { quote } from "../text.ts";
import { carryOut } from "./carry_out.ts";
import type { HostCore } from "./core.ts";
import { disposeInTurn, throwAll } from "./dispose_plugins.ts";
import { type Facts, gatherFacts } from "./gather_facts.ts";
import type { LivePlugin } from "./live_plugin.ts";
import { errorOf, recorded } from "./problems.ts";

/** Options of `PluginHost.disable`. */
export interface DisableOptions {
  /**
   * What happens to live plugins that require this one: the call is refused
   * with their names, or they are disabled first.
   *
   * @default {"refuse"}
   */
  readonly dependents?: "refuse" | "disable";
}

function withEnabled(
  state: PluginState | undefined,
  enabled: boolean,
): PluginState {
  const { enabled: _, ...others } = state ?? {};
  // Nothing stored means enabled: what was never decided takes no room.
  return enabled ? others : { ...others, enabled };
}

/** The plugins about which something else is stored. */
function differing(
  { plugins }: StateSnapshot,
  ids: readonly string[],
  enabled: boolean,
): readonly string[] {
  return ids.filter((id) => (plugins.get(id)?.enabled !== false) !== enabled);
}

async function storeEnabled(
  core: HostCore,
  { stored }: Facts,
  ids: readonly string[],
  enabled: boolean,
): Promise<readonly string[]> {
  // Nothing to write: a state that cannot be written serves as well.
  const isStored = stored.ok && !core.state.hasLost &&
    differing(stored.snapshot, ids, enabled).length === 0;
  if (isStored) {
    return [];
  }
  let changed: readonly string[] = [];
  await core.state.update(ids, (current) => {
    const { plugins } = current;
    changed = differing(current, ids, enabled);
    if (changed.length === 0) return undefined;
    return new Map([
      ...plugins,
      ...changed.map((id) =>
        [id, withEnabled(plugins.get(id), enabled)] as const
      ),
    ]);
  });
  return changed;
}

/**
 * The error for an id that no source holds.
 *
 * @param action What was asked for.
 * @param id The id.
 * @returns The error.
 */
export function notFound(action: string, id: string): PluginError {
  return new PluginError(
    `Cannot ${action} plugin ${quote(id)}: no source holds it`,
    {
      code: "PLUGIN_NOT_FOUND",
      pluginId: id,
      remedy: "Correct the id, or add the source that holds the plugin",
    },
  );
}

/**
 * The plugin that bears an id.
 *
 * @param core The host.
 * @param plan Today's plan.
 * @param action What is asked for, for the error.
 * @param id The id.
 * @returns The plugin.
 * @throws {PluginError} `PLUGIN_NOT_FOUND` when there is none, or what is wrong
 * with its manifest.
 */
export function findPlugin(
  core: HostCore,
  plan: Plan,
  action: string,
  id: string,
): ReadPlugin {
  const plugin = core.registry.get(id)?.plugin ?? plan.claimants.get(id);
  if (plugin !== undefined) return plugin;
  // A source holds it, and its manifest cannot be used.
  const refused = plan.steps.find(({ decision }) => decision.id === id)
    ?.decision;
  throw refused?.kind === "refuse"
    ? errorOf(id, refused.problems)
    : notFound(action, id);
}

function refuseForDependents(
  id: string,
  dependents: readonly LivePlugin[],
): PluginError {
  const names = dependents.map(({ plugin }) => `"${plugin.manifest.id}"`);
  return new PluginError(
    `Cannot disable plugin "${id}": live plugins require it: ${
      names.join(", ")
    }`,
    {
      code: "PLUGIN_DEPENDENTS_LIVE",
      pluginId: id,
      remedy: 'Disable them first, or pass { dependents: "disable" }',
    },
  );
}

/**
 * Disables a plugin: remembers that first, so that a crash on the way leaves it
 * disabled; then no new calls, running ones are waited for and then aborted, and
 * it is disposed of.
 *
 * @param core The host.
 * @param id The plugin.
 * @param options What happens to those that require it.
 * @throws {PluginError} `PLUGIN_NOT_FOUND`, `PLUGIN_DEPENDENTS_LIVE`, or what
 * the state store or the plugin's `dispose` threw.
 */
export async function disablePlugin(
  core: HostCore,
  id: string,
  options: DisableOptions,
): Promise<void> {
  const errors = await recorded(
    core,
    id,
    "plugin.disable.failed",
    () => disable(core, id, options),
  );
  // It is disabled all the same: what could not be disposed of is recorded.
  throwAll(errors, `Cannot dispose of all that "${id}" takes with it`);
}

async function disable(
  core: HostCore,
  id: string,
  options: DisableOptions,
): Promise<readonly unknown[]> {
  const facts = await gatherFacts(core);
  const plugin = findPlugin(core, makePlan(facts), "disable", id);
  const live = core.registry.get(id);
  const dependents = live === undefined ? [] : core.registry.dependentsOf(id);
  if (dependents.length > 0 && options.dependents !== "disable") {
    throw refuseForDependents(id, dependents);
  }
  const affected = live === undefined ? dependents : [...dependents, live];
  const plugins = [
    ...dependents.map((dependent) => dependent.plugin),
    plugin,
  ];
  const changed = new Set(
    await storeEnabled(
      core,
      facts,
      plugins.map(({ manifest }) => manifest.id),
      false,
    ),
  );
  // At once: whoever ends the process from here on finds it in the trail.
  const disabled = plugins.filter(({ manifest }) => changed.has(manifest.id));
  disabled.forEach((one) => core.record(one, "plugin.disabled"));
  const [errors] = await Promise.all([
    disposeInTurn(core, affected, "disabled"),
    core.state.confirm([...changed]),
  ]);
  for (const one of disabled) {
    const { id } = one.manifest;
    if (affected.some((live) => live.plugin === one)) continue;
    core.events.emit("statuschange", { id, status: "disabled", problems: [] });
  }
  return errors;
}

/** Why a plugin is not live after a plan was carried out for it. */
function whyNot(
  id: string,
  { plan, failures }: PlanOutcome,
): readonly Problem[] {
  const place = plan.places.get(id);
  const decision = place === undefined
    ? undefined
    : plan.steps[place]?.decision;
  if (decision?.kind === "refuse") return decision.problems;
  if (decision?.kind !== "skip") return failures.get(id) ?? [];
  return [{
    code: "PLUGIN_NOT_LIVE",
    message:
      `Cannot enable plugin "${id}": a switch of the environment keeps ` +
      "external plugins out",
    remedy: "Take the switch away and start the host again",
  }];
}

/**
 * Enables a plugin: remembers that, and loads it and what it requires where
 * that is not live.
 *
 * @param core The host.
 * @param id The plugin.
 * @throws {PluginError} `PLUGIN_NOT_FOUND`, what the state store threw, or why
 * the plugin is not live now; it stays enabled, and a later `enable` tries again.
 */
export async function enablePlugin(core: HostCore, id: string): Promise<void> {
  const before = await gatherFacts(core);
  const plugin = findPlugin(core, makePlan(before), "enable", id);
  const changed = await recorded(
    core,
    id,
    "plugin.enable.failed",
    () => storeEnabled(core, before, [id], true),
  );
  if (changed.length > 0) {
    core.record(plugin, "plugin.enabled");
    await core.state.confirm(changed);
  }
  if (core.registry.get(id) !== undefined) return;
  const facts = changed.length > 0 ? await gatherFacts(core) : before;
  const plan = makePlan(facts);
  core.registry.orderBy(plan.places);
  const outcome = await carryOut(core, facts, selectPlan(plan, id));
  const problems = whyNot(id, outcome);
  if (problems.length > 0) throw errorOf(id, problems);
}
