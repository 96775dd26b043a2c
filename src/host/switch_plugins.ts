/**
 * Takes plugins out of use and back into it, and remembers that.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import { makePlan } from "../plan/make_plan.ts";
import { selectPlan } from "../plan/plan.ts";
import type { PluginState, StateSnapshot } from "../state/state_store.ts";
import { carryOut } from "./carry_out.ts";
import type { HostCore } from "./core.ts";
import { disposeInTurn, throwAll } from "./dispose_plugins.ts";
import { gatherFactsAbout } from "./concerned_plugins.ts";
import { findPlugin } from "./find_plugin.ts";
import type { Facts } from "./gather_facts.ts";
import type { LivePlugin } from "./live_plugin.ts";
import { errorOf, recorded } from "./problems.ts";
import { whyNotLive } from "./why_not_live.ts";

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
  const facts = await gatherFactsAbout(core, id);
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
    disposeInTurn(core, affected, { status: "disabled" }),
    core.state.confirm([...changed]),
  ]);
  for (const one of disabled) {
    const { id } = one.manifest;
    if (affected.some((live) => live.plugin === one)) continue;
    core.events.emit("statuschange", { id, status: "disabled", problems: [] });
  }
  return errors;
}

/** Options of `PluginHost.enable`. */
export interface EnableOptions {
  /**
   * Whether the disabled plugins that this one requires are enabled with it,
   * directly required or not, in one write of the state.
   *
   * @default {false}
   */
  readonly requirements?: boolean;
}

/**
 * Enables a plugin: remembers that, and loads it and what it requires where
 * that is not live.
 *
 * @param core The host.
 * @param id The plugin.
 * @param options What happens to disabled plugins that it requires.
 * @throws {PluginError} `PLUGIN_NOT_FOUND`, what the state store threw, or why
 * the plugin is not live now; it stays enabled, and a later `enable` tries again.
 */
export async function enablePlugin(
  core: HostCore,
  id: string,
  options: EnableOptions,
): Promise<void> {
  const before = await gatherFactsAbout(core, id);
  const planned = makePlan(before);
  const plugin = findPlugin(core, planned, "enable", id);
  // What is required comes first: so it stands in the trail, too.
  const plugins = options.requirements === true
    ? selectPlan(planned, id).steps.map((step) => step.plugin)
      .filter((one) => one !== undefined)
    : [plugin];
  const changed = new Set(
    await recorded(
      core,
      id,
      "plugin.enable.failed",
      () =>
        storeEnabled(
          core,
          before,
          plugins.map(({ manifest }) => manifest.id),
          true,
        ),
    ),
  );
  if (changed.size > 0) {
    plugins.filter(({ manifest }) => changed.has(manifest.id))
      .forEach((one) => core.record(one, "plugin.enabled"));
    await core.state.confirm([...changed]);
  }
  if (core.registry.get(id) !== undefined) return;
  const facts = changed.size > 0 ? await gatherFactsAbout(core, id) : before;
  const plan = makePlan(facts);
  core.registry.orderBy(plan.places);
  // It may be gone since.
  findPlugin(core, plan, "enable", id);
  const outcome = await carryOut(core, facts, selectPlan(plan, id));
  const problems = whyNotLive(id, facts, outcome);
  if (problems.length > 0) throw errorOf(id, problems);
}
