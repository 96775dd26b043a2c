/** Makes a plan from facts. Pure: no I/O, no clock, no Deno. */

import type { UnreadablePlugin } from "../manifest/manifest.ts";
import { checkPlugin } from "../policy/checks.ts";
import { checkClaimedId } from "../policy/claimed_id.ts";
import type { KnownPlugin, PluginFacts } from "../policy/facts.ts";
import { type Skipped, skipReason } from "../policy/skip_reason.ts";
import {
  type Blocked,
  dependencyProblems,
  refusedBecause,
  skippedBecause,
} from "./dependencies.ts";
import { type Claimants, isRequired, loadOrder } from "./load_order.ts";
import {
  ask,
  decide,
  type Decision,
  type Plan,
  type PlanFacts,
  type PlanStep,
  refuse,
} from "./plan.ts";

/** A claim of a plugin to an id, even if its manifest cannot be used. */
interface Claim {
  readonly id: string;
  readonly namedAfterId: boolean;
  readonly own: PluginFacts;
  readonly index: number;
}

function claimsOf(own: PluginFacts, index: number): readonly Claim[] {
  const { found, keeps = [] } = own;
  if (!found.ok) return keeps.map((kept) => ({ ...kept, own, index }));
  const { manifest: { id }, namedAfterId } = found;
  return [{ id, namedAfterId, own, index }];
}

function hasPriorityOver(claim: Claim, holder: Claim): boolean {
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
 * Finds the holder of each id: a live plugin before any other, then a builtin,
 * then the earlier source, then the plugin whose directory is named after the id.
 */
function findHolders(
  plugins: readonly PluginFacts[],
): ReadonlyMap<string, Claim> {
  const holders = new Map<string, Claim>();
  for (const claim of plugins.flatMap(claimsOf)) {
    const holder = holders.get(claim.id);
    if (holder === undefined || hasPriorityOver(claim, holder)) {
      holders.set(claim.id, claim);
    }
  }
  return holders;
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

/** Decides about each plugin. Plugins that do not hold their id are the last steps. */
export function makePlan(facts: PlanFacts): Plan {
  const live = new Set(facts.live);
  const skipped: Skipped = {
    disabled: new Set(facts.disabled),
    switchedOff: new Set(facts.switchedOff),
  };
  const holders = findHolders(facts.plugins);
  const claimants = new Map<string, KnownPlugin>();
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
  const { order, cycles, after } = loadOrder(claimants);

  function decideClaimant(plugin: KnownPlugin, own: PluginFacts): Decision {
    const { id } = plugin.manifest;
    if (live.has(id)) return decide(own, { kind: "load" });
    const reason = skipReason(plugin, skipped);
    if (reason !== undefined) {
      blocked.set(id, skippedBecause(id, reason));
      return decide(own, { kind: "skip", reason });
    }
    const problems = checkPlugin(plugin, own, facts);
    const dependency = dependencyProblems(
      plugin,
      claimants,
      blocked,
      cycles.get(id),
    );
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

  const steps: PlanStep[] = [];
  const places = new Map<string, number>();
  for (const id of order) {
    const holder = holders.get(id);
    const plugin = claimants.get(id);
    if (holder === undefined || plugin === undefined) continue;
    const { own, index } = holder;
    places.set(id, steps.length);
    steps.push({
      index,
      facts: own,
      plugin,
      after: after.get(id) ?? [],
      decision: decideClaimant(plugin, own),
    });
  }
  for (const [index, own] of facts.plugins.entries()) {
    const { found } = own;
    const holder = found.ok ? holders.get(found.manifest.id) : undefined;
    const problems = checkClaimedId(found, holder?.own.found);
    if (problems.length === 0) continue;
    steps.push({
      index,
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
    live,
    dependents: requiredBy(claimants),
  };
}
