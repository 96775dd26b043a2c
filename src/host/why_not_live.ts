/** Explains why a plugin that was enabled is not live. */

import type { Problem } from "../base/errors.ts";
import { selectPlan } from "../plan/plan.ts";
import type { PlanOutcome } from "../plan/run_plan.ts";
import { decideSwitch } from "../state/switches.ts";
import type { Inspection } from "../inspect/inspector.ts";

/** More names are not shown. */
const MAX_SHOWN = 12;

function listIds(ids: readonly string[]): string {
  const shown = ids.slice(0, MAX_SHOWN).map((id) => `"${id}"`);
  const more = ids.length - shown.length;
  return [...shown, ...more > 0 ? [`${more} more`] : []].join(", ");
}

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
  const remedy = `Enable ${listIds(off)} first, or pass { requirements: true }`;
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
export function whyNotLive(
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
