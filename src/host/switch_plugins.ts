/** Enables and disables plugins, and stores that. */

import { errorOf, PluginError, type Problem } from "../base/errors.ts";
import { listIds } from "../base/text.ts";
import { findPlugin, pluginOf } from "../inspect/snapshot.ts";
import type { Inspection } from "../inspect/inspector.ts";
import { permissionNeeds } from "../inspect/permission_needs.ts";
import {
  PERMISSION_KINDS,
  type PermissionKind,
} from "../permissions/permission_set.ts";
import { union } from "../permissions/set_algebra.ts";
import {
  makePlan,
  type Plan,
  type PlanOutcome,
  selectPlan,
} from "../plan/plan.ts";
import { switchPlugins } from "../state/state_text.ts";
import { decideSwitch } from "../state/switches.ts";
import { disposeInTurn, reportFailure, throwAll } from "./failures.ts";
import { lostRequirement } from "./follow_state.ts";
import { type ExecuteParts, executePlan } from "./execute_plan.ts";
import type { Parts } from "./host_parts.ts";
import type { LivePlugin } from "./registry.ts";

type SwitchParts = ExecuteParts & Parts<"state">;

/** Options of `PluginHost.disable`. */
export interface DisableOptions {
  /**
   * The handling of live plugins that require this one: `"refuse"` rejects the
   * call with their names, `"disable"` disables them first.
   *
   * @default {"refuse"}
   */
  readonly dependents?: "refuse" | "disable";
}

async function storeEnabled(
  { state }: Parts<"state">,
  { stored }: Inspection,
  ids: readonly string[],
  enabled: boolean,
): Promise<ReadonlySet<string>> {
  // Nothing to write, so a state that cannot be written is fine.
  const isStored = stored.ok && !state.hasLost &&
    switchPlugins(stored.snapshot, ids, enabled).changed.length === 0;
  if (isStored) return new Set();
  let changed: readonly string[] = [];
  await state.update(ids, (current) => {
    const next = switchPlugins(current, ids, enabled);
    changed = next.changed;
    return next.plugins;
  });
  return new Set(changed);
}

function refuseForDependents(
  id: string,
  dependents: readonly LivePlugin[],
): PluginError {
  const ids = dependents.map(({ plugin }) => plugin.manifest.id);
  return new PluginError(
    `Cannot disable plugin "${id}": live plugins require it: ${listIds(ids)}`,
    {
      code: "PLUGIN_DEPENDENTS_LIVE",
      pluginId: id,
      remedy: 'Disable them first, or pass { dependents: "disable" }',
    },
  );
}

/**
 * Disables a plugin: stores that first, so that a crash leaves it disabled, and
 * then disposes it.
 */
export async function disablePlugin(
  parts: SwitchParts,
  id: string,
  options: DisableOptions,
): Promise<void> {
  const errors = await reportFailure(
    parts,
    id,
    "plugin.disable.failed",
    () => disable(parts, id, options),
  );
  // The plugin is disabled even if its disposal failed.
  throwAll(errors, `Cannot dispose plugin "${id}" and its dependents`);
}

async function disable(
  parts: SwitchParts,
  id: string,
  options: DisableOptions,
): Promise<readonly unknown[]> {
  const { inspector, registry, events, state } = parts;
  const inspection = await inspector.inspectAbout(id);
  const plan = makePlan(inspection.snapshot);
  const live = registry.get(id);
  const plugin = live?.plugin ?? findPlugin(inspection, plan, "disable", id);
  const dependents = live === undefined ? [] : registry.dependentsOf(id);
  if (dependents.length > 0 && options.dependents !== "disable") {
    throw refuseForDependents(id, dependents);
  }
  const affected = live === undefined ? dependents : [...dependents, live];
  const plugins = [...dependents.map((one) => one.plugin), plugin];
  const ids = plugins.map(({ manifest }) => manifest.id);
  const changed = await storeEnabled(parts, inspection, ids, false);
  // At once, so that it is recorded even if a plugin ends the process.
  for (const one of plugins) {
    if (!changed.has(one.manifest.id)) continue;
    const isLast = !affected.some((live) => live.plugin === one);
    events.emit({ action: "plugin.disabled", plugin: one, isLast });
  }
  const [errors] = await Promise.all([
    disposeInTurn(parts, affected, { status: "disabled" }),
    state.confirm([...changed]),
  ]);
  return errors;
}

/** More names are not shown. */
const MAX_SHOWN = 12;

/** Makes remedies name every plugin to enable, not only the first one. */
function withRequirements(
  id: string,
  { snapshot }: Inspection,
  { plan }: PlanOutcome,
  problems: readonly Problem[],
): readonly Problem[] {
  const { steps } = selectPlan(plan, id);
  const disabled = new Set(snapshot.disabled);
  const off = steps.flatMap(({ plugin }) =>
    plugin !== undefined && plugin.manifest.id !== id &&
      disabled.has(plugin.manifest.id)
      ? [plugin.manifest.id]
      : []
  );
  const isSwitchedOff = steps.some(({ decision }) =>
    decision.kind === "skip" && decision.reason === "switch"
  );
  // A plugin that is switched off is not loaded by enabling it.
  if (off.length === 0 || isSwitchedOff) return problems;
  const remedy = `Enable ${
    listIds(off, MAX_SHOWN)
  } first, or pass { requirements: true }`;
  return problems.map((problem) =>
    problem.code === "PLUGIN_DEPENDENCY_DISABLED"
      ? { ...problem, remedy }
      : problem
  );
}

/** Names the switch that turns a type of plugins off. */
function switchedOff(
  id: string,
  type: string,
  { switches }: Inspection,
): Problem {
  const decision = switches === undefined
    ? undefined
    : decideSwitch(switches, type);
  const [name, reason] = decision === undefined || decision.on
    ? ["the switch", "it is off"]
    : [decision.name, decision.reason];
  return {
    code: "PLUGIN_NOT_LIVE",
    message: `Cannot enable plugin "${id}": it is switched off in the ` +
      `environment: ${reason}`,
    remedy: `Unset ${name}, or set it to true, and restart the host`,
  };
}

/** Explains why a plugin is not live after a plan was executed for it. */
function whyNotLive(
  id: string,
  inspection: Inspection,
  outcome: PlanOutcome,
): readonly Problem[] {
  const { plan, failures } = outcome;
  const step = plan.steps[plan.places.get(id) ?? -1];
  const decision = step?.decision;
  if (decision?.kind === "refuse") {
    return withRequirements(id, inspection, outcome, decision.problems);
  }
  if (decision?.kind !== "skip") return failures.get(id) ?? [];
  if (decision.reason === "switch") {
    return [switchedOff(id, decision.type ?? "", inspection)];
  }
  return [{
    code: "PLUGIN_STATE_CONFLICT",
    message:
      `Cannot enable plugin "${id}": another process disabled it again in ` +
      "the stored state",
    remedy: "Find out who disabled it, then enable it again",
  }];
}

/** Refuses a plugin that requires a live one which somebody else disabled: that one ends. */
function assertRequirements(
  { registry }: Parts<"registry">,
  { snapshot }: Inspection,
  plan: Plan,
  id: string,
): void {
  const disabled = new Set(snapshot.disabled);
  const problems = selectPlan(plan, id).steps.flatMap(({ plugin }) => {
    const other = plugin?.manifest.id ?? id;
    return other !== id && disabled.has(other) && registry.get(other)
      ? [lostRequirement("enable", id, other)]
      : [];
  });
  if (problems.length > 0) throw errorOf(id, problems);
}

/** Options of `PluginHost.enable`. */
export interface EnableOptions {
  /**
   * Enables the disabled plugins that this one requires, directly or indirectly,
   * in one write of the state.
   *
   * @default {false}
   */
  readonly requirements?: boolean;
}

/**
 * Enables a plugin: stores that, and loads it with its requirements. Throws the
 * reason if it is not live then.
 */
export async function enablePlugin(
  parts: SwitchParts,
  id: string,
  options: EnableOptions,
): Promise<void> {
  const { inspector, registry, events, state } = parts;
  const before = await inspector.inspectAbout(id);
  const planned = makePlan(before.snapshot);
  const plugin = registry.get(id)?.plugin ??
    findPlugin(before, planned, "enable", id);
  // Requirements come first, in the audit trail too.
  const plugins = options.requirements === true
    ? selectPlan(planned, id).steps.map((step) => pluginOf(before, step))
      .filter((one) => one !== undefined)
    : [plugin];
  const ids = plugins.map(({ manifest }) => manifest.id);
  const changed = await reportFailure(
    parts,
    id,
    "plugin.enable.failed",
    () => storeEnabled(parts, before, ids, true),
  );
  if (changed.size > 0) {
    for (const one of plugins) {
      if (!changed.has(one.manifest.id)) continue;
      events.emit({ action: "plugin.enabled", plugin: one });
    }
    await state.confirm([...changed]);
  }
  const isLive = registry.get(id) !== undefined;
  if (isLive && before.snapshot.disabled.length === 0) return;
  const inspection = changed.size > 0
    ? await inspector.inspectAbout(id)
    : before;
  const plan = makePlan(inspection.snapshot);
  assertRequirements(parts, inspection, plan, id);
  if (isLive) return;
  registry.orderBy(plan.places);
  // The plugin may have been removed meanwhile.
  findPlugin(inspection, plan, "enable", id);
  const outcome = await executePlan(parts, inspection, selectPlan(plan, id));
  const problems = whyNotLive(id, inspection, outcome);
  if (problems.length > 0) throw errorOf(id, problems);
}

/** The result of sealing a host. */
export interface SealReport {
  /** The kinds that were revoked. */
  readonly revoked: readonly PermissionKind[];
  /** The kinds that are kept, in part or as a whole. */
  readonly kept: readonly {
    /** The kind. */
    readonly kind: PermissionKind;
    /** The reason, in one line. */
    readonly reason: string;
  }[];
}

/** Revokes every kind of permission that nobody declares, for the whole process. */
export async function sealHost(
  { settings: { system }, inspector, events }: Parts<
    "settings" | "inspector" | "events"
  >,
): Promise<SealReport> {
  // The switches are read before env is revoked, and their values are kept.
  const { snapshot } = await inspector.inspectAgain();
  const needs = permissionNeeds(
    snapshot,
    snapshot.plugins.filter(({ isLive }) => isLive === true),
  );
  const needed = union(
    needs.application,
    needs.library,
    ...needs.plugins.values(),
    ...needs.optional.values(),
  );
  const revoked: PermissionKind[] = [];
  const kept: SealReport["kept"][number][] = [];
  for (const kind of PERMISSION_KINDS) {
    const { state } = system.query({ name: kind });
    if (needed[kind] === undefined) {
      const { state } = await system.revoke(kind);
      if (state !== "granted") revoked.push(kind);
      else kept.push({ kind, reason: "Deno did not revoke it" });
    } else if (state === "granted") {
      kept.push({
        kind,
        reason: needed[kind] === true
          ? "it is declared as a whole"
          : "a part of it is declared, and Deno cannot revoke the rest of a " +
            "kind that was granted as a whole",
      });
    } else {
      kept.push({ kind, reason: "a part of it is declared" });
    }
  }
  inspector.seal();
  events.emit({ action: "host.sealed", revoked, kept });
  return Object.freeze({
    revoked: Object.freeze(revoked),
    kept: Object.freeze(kept),
  });
}
