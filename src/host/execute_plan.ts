/** Executes a plan: shows prompts, starts plugins, and reports each decision. */

import type { Problem } from "../base/errors.ts";
import { type Inspection, pluginOf } from "../inspect/inspector.ts";
import { formatEntry } from "../permissions/permission_set.ts";
import {
  type Plan,
  type PlanOutcome,
  type PlanStep,
  refuse,
  runPlan,
} from "../plan/plan.ts";
import { lostRequirements } from "./crashes.ts";
import type { Parts } from "./host_parts.ts";
import { loadPlugin, type StartParts } from "./start_plugin.ts";

/** The parts that executing a plan takes. */
export type ExecuteParts = StartParts & Parts<"notices" | "questions">;

/** Reports a decision, unless it is to load without missing permissions. */
function reportDecision(
  { settings, events }: Parts<"settings" | "events">,
  inspection: Inspection,
  step: PlanStep,
): void {
  const { decision, facts: { missing, remedy } } = step;
  const plugin = inspection.found[step.index];
  if (plugin === undefined) return;
  if (decision.kind === "refuse") {
    const { problems } = decision;
    return events.emit({ action: "plugin.load.refused", plugin, problems });
  }
  if (!plugin.ok || decision.kind === "ask") return;
  if (decision.kind === "skip") {
    const { reason } = decision;
    return events.emit({ action: "plugin.load.skipped", plugin, reason });
  }
  if (settings.permissions !== "report" || missing.length === 0) return;
  const permissions = missing.map(formatEntry);
  events.emit({
    action: "plugin.permission.missing",
    plugin,
    permissions,
    remedy,
  });
}

/** Adds the plugins that crashed, or lost a requirement, during the execution. */
function addCrashes(
  { registry, lives }: Parts<"registry" | "lives">,
  { plan, failures }: PlanOutcome,
  lost: ReadonlyMap<string, readonly Problem[]>,
): PlanOutcome {
  const failed = new Map(failures);
  const steps = plan.steps.map((step) => {
    const id = step.plugin?.manifest.id;
    if (id === undefined || step.decision.kind !== "load") return step;
    const problems = lost.get(id);
    if (problems !== undefined) {
      // None of its code ran.
      failed.delete(id);
      return { ...step, decision: refuse(step.facts, problems) };
    }
    const crash = registry.get(id) === undefined
      ? lives.crashOf(id)
      : undefined;
    if (crash !== undefined) failed.set(id, crash);
    return step;
  });
  return { plan: { ...plan, steps }, failures: failed };
}

/**
 * Executes a plan, and returns it with the failures. Calls `onRest` with the ids
 * that are not loaded yet, whenever one of them settles.
 */
export async function executePlan(
  parts: ExecuteParts,
  inspection: Inspection,
  plan: Plan,
  onRest: (ids: ReadonlySet<string>) => void = () => {},
): Promise<PlanOutcome> {
  const { settings, registry, runner, notices, questions } = parts;
  notices.switches(inspection.switches, settings.system.query);
  const answered = await questions.ask(plan, inspection.remedyFor);
  // Before any code runs: a plugin that ends the process also ends the audit trail.
  for (const step of answered.steps) reportDecision(parts, inspection, step);
  const lost = new Map<string, readonly Problem[]>();
  const toLoad = answered.steps.filter(({ plugin, decision }) =>
    plugin !== undefined && decision.kind === "load"
  ).map((step) => pluginOf(inspection, step))
    .filter((plugin) => plugin !== undefined);
  await runner.prepare(
    toLoad.filter(({ manifest }) => registry.get(manifest.id) === undefined),
  );
  const rest = new Set(toLoad.map(({ manifest }) => manifest.id));
  onRest(rest);
  const outcome = await runPlan(answered, async (step, id) => {
    using _settled = {
      [Symbol.dispose]: () => {
        rest.delete(id);
        onRest(rest);
      },
    };
    const plugin = pluginOf(inspection, step);
    if (plugin === undefined) return [];
    const problems = [
      ...lostRequirements(parts, plugin),
      ...runner.codeProblems(plugin),
    ];
    if (problems.length === 0) {
      return await loadPlugin(parts, plugin, inspection.configs.get(id));
    }
    lost.set(id, problems);
    return problems;
  });
  await runner.settle();
  const final = addCrashes(parts, outcome, lost);
  for (const [place, step] of final.plan.steps.entries()) {
    if (step.decision === answered.steps[place]?.decision) continue;
    reportDecision(parts, inspection, step);
  }
  return final;
}
