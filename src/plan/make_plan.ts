/**
 * From facts to a plan. Pure: no I/O, no clock, no Deno.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { isInRange } from "../manifest/version.ts";
import { decide, type Decision, refuse, type Verdict } from "./decision.ts";
import {
  type Blocked,
  type Claimants,
  dependencyProblems,
  loadOrder,
  refusedBecause,
} from "./dependencies.ts";
import type { PlanFacts, PluginFacts } from "./facts.ts";
import { missingPermissions } from "./missing_permissions.ts";
import type { Plan, PlanStep } from "./plan.ts";

/**
 * Who bears an id: a builtin before any other, then the earlier source, then
 * the one whose directory is named after it.
 */
function claim(plugins: readonly PluginFacts[]): Claimants {
  const claimants = new Map<string, ReadPlugin>();
  const sources = new Map<string, number>();
  for (const { found, sourceIndex } of plugins) {
    if (!found.ok) continue;
    const { id } = found.manifest;
    const holder = claimants.get(id);
    const isRightful = holder === undefined ||
      (holder.origin === "external" && !holder.namedAfterId &&
        found.namedAfterId && sources.get(id) === sourceIndex);
    if (isRightful) {
      claimants.set(id, found);
      sources.set(id, sourceIndex);
    }
  }
  return claimants;
}

function conflict(plugin: ReadPlugin, holder: ReadPlugin): Problem {
  const { id } = plugin.manifest;
  const { source } = holder;
  return {
    code: "PLUGIN_ID_CONFLICT",
    message: `Cannot load plugin "${id}": ${source} already bears this id`,
    remedy: "Give one of the two another id, or take its source out",
  };
}

function incompatible(
  plugin: ReadPlugin,
  hostVersion: string,
): readonly Problem[] {
  const { id, host } = plugin.manifest;
  if (host === undefined || isInRange(hostVersion, host)) return [];
  return [{
    code: "PLUGIN_HOST_INCOMPATIBLE",
    message: `Cannot load plugin "${id}": it supports host versions ${host}, ` +
      `and this is ${hostVersion}`,
    remedy: "Use a version of the plugin that supports this host",
  }];
}

function skipped(plugin: ReadPlugin, facts: PlanFacts): Verdict | undefined {
  const { id, type } = plugin.manifest;
  const isExternal = plugin.origin === "external";
  if (isExternal && facts.isSwitchedOff(type)) {
    return { kind: "skip", reason: "switch" };
  }
  return facts.disabled.has(id)
    ? { kind: "skip", reason: "disabled" }
    : undefined;
}

function ownProblems(
  plugin: ReadPlugin,
  own: PluginFacts,
  facts: PlanFacts,
): readonly Problem[] {
  const isExternal = plugin.origin === "external";
  const state = isExternal && facts.stateProblem !== undefined
    ? [facts.stateProblem]
    : [];
  const missing = facts.permissionMode === "enforce" && own.missing.length > 0
    ? [missingPermissions(
      plugin.manifest.id,
      own.missing,
      facts.permissionRemedy(own.missing),
    )]
    : [];
  return [
    ...state,
    ...incompatible(plugin, facts.hostVersion),
    ...own.problems,
    ...missing,
  ];
}

function decideClaimant(
  plugin: ReadPlugin,
  own: PluginFacts,
  facts: PlanFacts,
  claimants: Claimants,
  blocked: Map<string, Blocked>,
  circle: readonly string[] | undefined,
): Decision {
  const { id } = plugin.manifest;
  if (facts.live.has(id)) return decide(own, { kind: "load" });
  const skip = skipped(plugin, facts);
  if (skip !== undefined) {
    blocked.set(id, { because: "is disabled", isDisabled: true });
    return decide(own, skip);
  }
  const problems = ownProblems(plugin, own, facts);
  const dependency = dependencyProblems(plugin, claimants, blocked, circle);
  if (problems.length > 0 || dependency.length > 0) {
    const first = problems.length > 0 ? undefined : dependency[0]?.blocks;
    blocked.set(id, first ?? refusedBecause(id, problems));
    return refuse(own, [
      ...problems,
      ...dependency.map(({ problem }) => problem),
    ]);
  }
  return facts.permissionMode === "prompt" && own.missing.length > 0
    ? decide(own, { kind: "ask", missing: own.missing })
    : decide(own, { kind: "load" });
}

function requiredBy(
  claimants: Claimants,
): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const { manifest } of claimants.values()) {
    for (const { id, optional } of manifest.requires) {
      if (optional === true) continue;
      const list = dependents.get(id);
      if (list === undefined) dependents.set(id, [manifest.id]);
      else list.push(manifest.id);
    }
  }
  return dependents;
}

/**
 * Decides what is to be done with each plugin, and in which order.
 *
 * @param facts Everything the decisions depend on.
 * @returns The plan: dependencies first, what cannot be placed at the end.
 */
export function makePlan(facts: PlanFacts): Plan {
  const claimants = claim(facts.plugins);
  const { order, circles, after } = loadOrder(claimants);
  const blocked = new Map<string, Blocked>();
  const factsOf = new Map(facts.plugins.map((own) => [own.found, own]));
  const steps: PlanStep[] = [];
  const places = new Map<string, number>();
  for (const id of order) {
    const plugin = claimants.get(id);
    const own = plugin && factsOf.get(plugin);
    if (plugin === undefined || own === undefined) continue;
    places.set(id, steps.length);
    steps.push({
      facts: own,
      plugin,
      after: after.get(id) ?? [],
      decision: decideClaimant(
        plugin,
        own,
        facts,
        claimants,
        blocked,
        circles.get(id),
      ),
    });
  }
  for (const own of facts.plugins) {
    const { found } = own;
    const holder = found.ok ? claimants.get(found.manifest.id) : undefined;
    if (holder === found) continue;
    const problems = !found.ok
      ? found.problems
      : holder === undefined
      ? []
      : [conflict(found, holder)];
    steps.push({
      facts: own,
      plugin: undefined,
      after: [],
      decision: refuse(own, problems),
    });
  }
  return { steps, places, claimants, dependents: requiredBy(claimants) };
}
