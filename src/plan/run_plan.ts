/**
 * Runs a plan: each plugin as soon as what it needs is ready, independent ones
 * side by side. What is learnt meanwhile makes the next plan from the old one.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";
import { type Blocked, failedBecause, refusedBecause } from "./blocked.ts";
import { dependencyProblems } from "./dependencies.ts";
import { missingPermissions } from "../policy/missing_permissions.ts";
import {
  decide,
  type Decision,
  type Plan,
  type PlanStep,
  refuse,
} from "./plan.ts";

/** Something learnt after a plan was made. */
export type NewFact =
  /** A plugin's code ran and failed. */
  | {
    readonly kind: "failed";
    readonly id: string;
    /** What went wrong, in one line. */
    readonly message: string;
  }
  /** A person answered. */
  | {
    readonly kind: "answered";
    readonly id: string;
    /** What is not granted after the answer. */
    readonly missing: readonly PermissionEntry[];
    /** How it can be granted, e.g. the flags to add. */
    readonly remedy: string;
  };

function isStillToLoad({ decision }: PlanStep): boolean {
  return decision.kind === "load" || decision.kind === "ask";
}

/**
 * All that require a plugin, directly or not, in the order of the plan. What is
 * live stays as it is, and so does what requires it.
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

function block(
  plan: Plan,
  id: string,
  reason: Blocked,
  own: Decision | undefined,
): Plan {
  const steps = [...plan.steps];
  const blocked = new Map([[id, reason]]);
  const place = plan.places.get(id);
  const step = place === undefined ? undefined : steps[place];
  if (place !== undefined && step !== undefined && own !== undefined) {
    steps[place] = { ...step, decision: own };
  }
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

/**
 * Makes the plan that follows from what was learnt.
 *
 * @param plan The plan so far. It is not changed.
 * @param fact What was learnt.
 * @returns The next plan; the same one where the fact changes nothing.
 */
export function revisePlan(plan: Plan, fact: NewFact): Plan {
  const { id } = fact;
  if (fact.kind === "failed") {
    if (!plan.dependents.has(id)) return plan;
    return block(plan, id, failedBecause(id, fact.message), undefined);
  }
  const place = plan.places.get(id);
  const step = place === undefined ? undefined : plan.steps[place];
  if (place === undefined || step?.decision.kind !== "ask") return plan;
  if (fact.missing.length > 0) {
    const problems = [missingPermissions(id, fact.missing, fact.remedy)];
    return block(
      plan,
      id,
      refusedBecause(id, problems),
      refuse(step.facts, problems),
    );
  }
  const steps = [...plan.steps];
  steps[place] = { ...step, decision: decide(step.facts, { kind: "load" }) };
  return { ...plan, steps };
}

/** What running a plan came to. */
export interface PlanOutcome {
  /** The plan after all that was learnt. */
  readonly plan: Plan;
  /** What went wrong after code ran, by id. */
  readonly failures: ReadonlyMap<string, readonly Problem[]>;
}

/** Whoever was not asked has not said yes. */
function withoutQuestions(plan: Plan): Plan {
  let current = plan;
  for (const { decision } of plan.steps) {
    if (decision.kind !== "ask" || decision.id === undefined) continue;
    current = revisePlan(current, {
      kind: "answered",
      id: decision.id,
      missing: decision.missing,
      remedy: "Grant it when the host starts, or answer when it asks",
    });
  }
  return current;
}

/**
 * Runs a plan. A plugin about which somebody is still to be asked is refused.
 *
 * @param plan The plan.
 * @param start Brings one plugin to life; resolves to what went wrong, or to nothing.
 * @returns The plan as it was carried out, and the failures.
 * @throws what `start` throws, after every plugin that was started settled.
 */
export async function runPlan(
  plan: Plan,
  start: (step: PlanStep, id: string) => Promise<readonly Problem[]>,
): Promise<PlanOutcome> {
  let current = withoutQuestions(plan);
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
  // All of them: what still runs when one throws would go on unattended.
  const settled = await Promise.allSettled(ready.values());
  for (const result of settled) {
    if (result.status === "rejected") throw result.reason;
  }
  return { plan: current, failures };
}
