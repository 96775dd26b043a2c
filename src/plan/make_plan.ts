/**
 * From facts to a plan. Pure: no I/O, no clock, no Deno.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { FoundPlugin, ReadPlugin } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import { escapeControls, quote } from "../text.ts";
import { type Blocked, refusedBecause, skippedBecause } from "./blocked.ts";
import { dependencyProblems, rangeRemedy } from "./dependencies.ts";
import { type Claimants, isRequired, loadOrder } from "./load_order.ts";
import { missingPermissions } from "./missing_permissions.ts";
import {
  ask,
  decide,
  type Decision,
  type Plan,
  type PlanFacts,
  type PlanStep,
  type PluginFacts,
  refuse,
  type SkipReason,
} from "./plan.ts";

/** A plugin whose manifest could be read. */
interface Candidate {
  readonly found: ReadPlugin;
  readonly own: PluginFacts;
}

function isRightful(candidate: Candidate, holder: Candidate): boolean {
  if (holder.own.isLive === true) return false;
  if (candidate.own.isLive === true) return true;
  const { origin, namedAfterId } = candidate.found;
  if (origin !== holder.found.origin) return origin === "builtin";
  const { sourceIndex } = candidate.own;
  if (sourceIndex !== holder.own.sourceIndex) {
    return sourceIndex < holder.own.sourceIndex;
  }
  return namedAfterId && !holder.found.namedAfterId;
}

/**
 * Finds who has an id: a live plugin before any other, then a builtin, then the
 * earlier source, then the one whose directory is named after it.
 */
function claim(
  plugins: readonly PluginFacts[],
): ReadonlyMap<string, Candidate> {
  const holders = new Map<string, Candidate>();
  for (const own of plugins) {
    const { found } = own;
    if (!found.ok) continue;
    const candidate = { found, own };
    const { id } = found.manifest;
    const holder = holders.get(id);
    if (holder === undefined || isRightful(candidate, holder)) {
      holders.set(id, candidate);
    }
  }
  return holders;
}

function conflict(plugin: ReadPlugin, holder: ReadPlugin): Problem {
  return {
    code: "PLUGIN_ID_CONFLICT",
    message: `Cannot load plugin "${plugin.manifest.id}": the plugin of ${
      quote(holder.source)
    } bears this id`,
    remedy: "Give one of the two another id, or take its source out",
  };
}

/** Why a plugin does not bear its id; nothing where it does. */
function claimProblems(
  found: FoundPlugin,
  claimants: Claimants,
): readonly Problem[] {
  if (!found.ok) return found.problems;
  const holder = claimants.get(found.manifest.id);
  return holder === undefined || holder === found
    ? []
    : [conflict(found, holder)];
}

function incompatible(
  plugin: ReadPlugin,
  hostVersion: string,
): readonly Problem[] {
  const { id, host } = plugin.manifest;
  if (host === undefined || isInRange(hostVersion, host)) return [];
  return [{
    code: "PLUGIN_HOST_INCOMPATIBLE",
    message: `Cannot load plugin "${id}": it supports host versions ` +
      `${escapeControls(host)}, and this is ${hostVersion}`,
    remedy: rangeRemedy(
      hostVersion,
      "Use a version of the plugin that supports this host",
    ),
  }];
}

function skipReason(
  plugin: ReadPlugin,
  facts: PlanFacts,
): SkipReason | undefined {
  const { id, type } = plugin.manifest;
  if (plugin.origin === "external" && facts.isSwitchedOff(type)) {
    return "switch";
  }
  return facts.disabled.has(id) ? "disabled" : undefined;
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
  const reason = skipReason(plugin, facts);
  if (reason !== undefined) {
    blocked.set(id, skippedBecause(id, reason));
    return decide(own, { kind: "skip", reason });
  }
  const problems = own.stale === undefined
    ? ownProblems(plugin, own, facts)
    : [own.stale];
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
    ? ask(own)
    : decide(own, { kind: "load" });
}

function requiredBy(
  claimants: Claimants,
): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const { manifest } of claimants.values()) {
    for (const requirement of manifest.requires) {
      if (!isRequired(requirement)) continue;
      const { id } = requirement;
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
  const holders = claim(facts.plugins);
  const claimants = new Map<string, ReadPlugin>();
  for (const [id, { found }] of holders) claimants.set(id, found);
  const { order, circles, after } = loadOrder(claimants);
  const blocked = new Map<string, Blocked>();
  const steps: PlanStep[] = [];
  const places = new Map<string, number>();
  for (const id of order) {
    const holder = holders.get(id);
    if (holder === undefined) continue;
    const { found: plugin, own } = holder;
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
    const problems = claimProblems(own.found, claimants);
    if (problems.length === 0) continue;
    steps.push({
      facts: own,
      plugin: undefined,
      after: [],
      decision: refuse(own, problems),
    });
  }
  return {
    steps,
    places,
    claimants,
    live: facts.live,
    dependents: requiredBy(claimants),
  };
}
