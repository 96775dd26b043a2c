/**
 * Runs a plan: each plugin as soon as what it needs is ready, independent ones
 * side by side.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import type { Plan } from "./plan.ts";
import { revisePlan } from "./revise_plan.ts";

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
  start: (plugin: ReadPlugin) => Promise<readonly Problem[]>,
): Promise<PlanOutcome> {
  let current = withoutQuestions(plan);
  const failures = new Map<string, readonly Problem[]>();
  const ready = new Map<string, Promise<void>>();

  async function run(
    plugin: ReadPlugin,
    place: number,
    after: readonly string[],
  ): Promise<void> {
    if (after.length > 0) {
      await Promise.all(after.map((other) => ready.get(other)));
    }
    if (current.steps[place]?.decision.kind !== "load") return;
    const { id } = plugin.manifest;
    const problems = await start(plugin);
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
    ready.set(plugin.manifest.id, run(plugin, place, after));
  });
  // All of them: what still runs when one throws would go on unattended.
  const settled = await Promise.allSettled(ready.values());
  for (const result of settled) {
    if (result.status === "rejected") throw result.reason;
  }
  return { plan: current, failures };
}
