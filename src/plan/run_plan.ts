/**
 * Runs a plan: each plugin as soon as its requirements are ready, independent
 * ones concurrently. Each new fact makes the next plan from the previous one.
 */

import type { Problem } from "../base/errors.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";
import { missingPermissions } from "../policy/missing_permissions.ts";
import {
  type Blocked,
  dependencyProblems,
  failedBecause,
  refusedBecause,
} from "./dependencies.ts";
import { decide, type Plan, type PlanStep, refuse } from "./plan.ts";

/** A fact that arrives after a plan was made. */
export type NewFact =
  /** A plugin's code ran and failed. */
  | {
    readonly kind: "failed";
    readonly id: string;
    /** The reason, in one line. */
    readonly message: string;
  }
  /** A person replied to a permission prompt. */
  | {
    readonly kind: "answered";
    readonly id: string;
    /** The permissions that are still not granted. */
    readonly missing: readonly PermissionEntry[];
    /** The remedy for those, e.g. the flags to add. */
    readonly remedy: string;
  };

function isStillToLoad({ decision }: PlanStep): boolean {
  return decision.kind === "load" || decision.kind === "ask";
}

/**
 * Returns the places of the direct and indirect dependents, in the order of the
 * plan. A live plugin and its dependents are not affected.
 */
function affected(plan: Plan, id: string): readonly number[] {
  const reached = new Set([id]);
  for (const at of reached) {
    for (const dependent of plan.dependents.get(at) ?? []) {
      if (!plan.live.has(dependent)) reached.add(dependent);
    }
  }
  reached.delete(id);
  return [...reached]
    .map((one) => plan.places.get(one))
    .filter((place) => place !== undefined)
    .sort((a, b) => a - b);
}

function blockDependents(plan: Plan, id: string, reason: Blocked): Plan {
  const steps = [...plan.steps];
  const blocked = new Map([[id, reason]]);
  for (const at of affected(plan, id)) {
    const dependent = steps[at];
    if (dependent?.plugin === undefined || !isStillToLoad(dependent)) continue;
    const [first, ...others] = dependencyProblems(
      dependent.plugin,
      plan.claimants,
      blocked,
      undefined,
    );
    if (first === undefined) continue;
    blocked.set(dependent.plugin.manifest.id, first.blocks);
    const problems = [first, ...others].map(({ problem }) => problem);
    steps[at] = { ...dependent, decision: refuse(dependent.facts, problems) };
  }
  return { ...plan, steps };
}

/** Makes the next plan from a new fact. Returns the same plan if nothing changes. */
export function revisePlan(plan: Plan, fact: NewFact): Plan {
  const { id } = fact;
  if (fact.kind === "failed") {
    if (!plan.dependents.has(id)) return plan;
    return blockDependents(plan, id, failedBecause(id, fact.message));
  }
  const place = plan.places.get(id);
  const step = place === undefined ? undefined : plan.steps[place];
  if (place === undefined || step?.decision.kind !== "ask") return plan;
  const problems = fact.missing.length === 0
    ? []
    : [missingPermissions(id, fact.missing, fact.remedy)];
  const decision = problems.length === 0
    ? decide(step.facts, { kind: "load" })
    : refuse(step.facts, problems);
  const next = {
    ...plan,
    steps: plan.steps.with(place, { ...step, decision }),
  };
  return problems.length === 0
    ? next
    : blockDependents(next, id, refusedBecause(id, problems));
}

/** The result of running a plan. */
export interface PlanOutcome {
  /** The plan after all new facts. */
  readonly plan: Plan;
  /** The problems of plugins whose code ran, by id. */
  readonly failures: ReadonlyMap<string, readonly Problem[]>;
}

/** Treats every prompt that was not shown as refused. */
function refuseUnanswered(plan: Plan): Plan {
  let current = plan;
  for (const { decision } of plan.steps) {
    if (decision.kind !== "ask" || decision.id === undefined) continue;
    current = revisePlan(current, {
      kind: "answered",
      id: decision.id,
      missing: decision.missing,
      remedy: "Grant it when the host starts, or accept it when the host asks",
    });
  }
  return current;
}

/**
 * Runs a plan. `start` resolves to the problems of a plugin, if any. When it
 * rejects, `runPlan` does so too, after every plugin that was started settled.
 */
export async function runPlan(
  plan: Plan,
  start: (step: PlanStep, id: string) => Promise<readonly Problem[]>,
): Promise<PlanOutcome> {
  let current = refuseUnanswered(plan);
  const failures = new Map<string, readonly Problem[]>();
  const ready = new Map<string, Promise<void>>();

  async function run(
    id: string,
    place: number,
    after: readonly string[],
  ): Promise<void> {
    if (after.length > 0) {
      await Promise.all(after.map((other) => ready.get(other)));
    }
    const step = current.steps[place];
    if (step?.decision.kind !== "load") return;
    const problems = await start(step, id);
    const [first] = problems;
    if (first === undefined) return;
    failures.set(id, problems);
    current = revisePlan(current, {
      kind: "failed",
      id,
      message: first.message,
    });
  }

  current.steps.forEach(({ plugin, after }, place) => {
    if (plugin === undefined) return;
    const { id } = plugin.manifest;
    ready.set(id, run(id, place, after));
  });
  // Not Promise.all: it would return while other plugins still start.
  const settled = await Promise.allSettled(ready.values());
  for (const result of settled) {
    if (result.status === "rejected") throw result.reason;
  }
  return { plan: current, failures };
}
