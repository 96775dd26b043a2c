/**
 * From facts to a plan. Pure: no I/O, no clock, no Deno.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type {
  FoundPlugin,
  ReadPlugin,
  UnreadablePlugin,
} from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import { escapeControls, quote } from "../base/text.ts";
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

/** A plugin that claims an id; one whose manifest cannot be used claims it too. */
interface Claim {
  readonly id: string;
  readonly namedAfterId: boolean;
  readonly own: PluginFacts;
}

function claimsOf(own: PluginFacts): readonly Claim[] {
  const { found, keeps = [] } = own;
  if (!found.ok) return keeps.map((kept) => ({ ...kept, own }));
  const { manifest: { id }, namedAfterId } = found;
  return [{ id, namedAfterId, own }];
}

function isRightful(claim: Claim, holder: Claim): boolean {
  if (holder.own.isLive === true) return false;
  if (claim.own.isLive === true) return true;
  const { found: { origin }, sourceIndex } = claim.own;
  if (origin !== holder.own.found.origin) return origin === "builtin";
  if (sourceIndex !== holder.own.sourceIndex) {
    return sourceIndex < holder.own.sourceIndex;
  }
  return claim.namedAfterId && !holder.namedAfterId;
}

/**
 * Finds who has an id: a live plugin before any other, then a builtin, then the
 * earlier source, then the one whose directory is named after it.
 */
function findHolders(
  plugins: readonly PluginFacts[],
): ReadonlyMap<string, Claim> {
  const holders = new Map<string, Claim>();
  for (const claim of plugins.flatMap(claimsOf)) {
    const holder = holders.get(claim.id);
    if (holder === undefined || isRightful(claim, holder)) {
      holders.set(claim.id, claim);
    }
  }
  return holders;
}

function conflict(plugin: ReadPlugin, holder: FoundPlugin): Problem {
  const source = quote(holder.source);
  const subject = `Cannot load plugin "${plugin.manifest.id}"`;
  return {
    code: "PLUGIN_ID_CONFLICT",
    ...holder.ok
      ? {
        message: `${subject}: the plugin of ${source} bears this id`,
        remedy: "Give one of the two another id, or take its source out",
      }
      : {
        message: `${subject}: the plugin of ${source} keeps this id, and its ` +
          "manifest cannot be used",
        remedy: `Correct the manifest of ${source}, or take that source out`,
      },
  };
}

/** Explains why a plugin does not have its id; returns nothing when it does. */
function claimProblems(
  found: FoundPlugin,
  holders: ReadonlyMap<string, Claim>,
): readonly Problem[] {
  if (!found.ok) return found.problems;
  const holder = holders.get(found.manifest.id)?.own.found;
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
  const holders = findHolders(facts.plugins);
  const claimants = new Map<string, ReadPlugin>();
  const kept = new Map<string, UnreadablePlugin>();
  const blocked = new Map<string, Blocked>();
  for (const [id, { own: { found } }] of holders) {
    if (found.ok) {
      claimants.set(id, found);
    } else {
      kept.set(id, found);
      blocked.set(id, refusedBecause(id, found.problems));
    }
  }
  const { order, circles, after } = loadOrder(claimants);
  const steps: PlanStep[] = [];
  const places = new Map<string, number>();
  for (const id of order) {
    const own = holders.get(id)?.own;
    const plugin = claimants.get(id);
    if (own === undefined || plugin === undefined) continue;
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
    const problems = claimProblems(own.found, holders);
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
    kept,
    live: facts.live,
    dependents: requiredBy(claimants),
  };
}
