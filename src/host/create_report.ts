/**
 * From what was decided and what became of it to a report.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { PlanOutcome } from "../plan/run_plan.ts";
import type { Facts } from "./gather_facts.ts";
import type {
  LoadedPlugin,
  LoadReport,
  SkippedPlugin,
  TroubledPlugin,
} from "./report.ts";

function troubled(
  id: string | undefined,
  source: string,
  problems: readonly Problem[],
): TroubledPlugin {
  const code = problems[0]?.code ?? "PLUGIN_SETUP_FAILED";
  return Object.freeze({ id, source, code, problems });
}

/**
 * Reports what became of each plugin.
 *
 * @param facts What the plan was made from.
 * @param outcome The plan as it was carried out, and what failed.
 * @returns The report, frozen, each list in the order of the sources.
 */
export function createReport(
  facts: Facts,
  { plan, failures }: PlanOutcome,
): LoadReport {
  const loaded: LoadedPlugin[] = [];
  const skipped: SkippedPlugin[] = [];
  const refused: TroubledPlugin[] = [];
  const failed: TroubledPlugin[] = [];
  const steps = new Map(plan.steps.map((step) => [step.facts.found, step]));
  for (const { found } of facts.plugins) {
    const decision = steps.get(found)?.decision;
    if (decision === undefined) continue;
    const { id, source } = decision;
    if (decision.kind === "refuse") {
      refused.push(troubled(id, source, decision.problems));
    } else if (found.ok) {
      const { id, type, version } = found.manifest;
      const entry = { id, type, version, source };
      const problems = failures.get(id);
      if (decision.kind === "skip") {
        skipped.push(Object.freeze({ ...entry, reason: decision.reason }));
      } else if (problems !== undefined) {
        failed.push(troubled(id, source, problems));
      } else {
        loaded.push(Object.freeze(entry));
      }
    }
  }
  return Object.freeze({
    loaded: Object.freeze(loaded),
    skipped: Object.freeze(skipped),
    refused: Object.freeze(refused),
    failed: Object.freeze(failed),
  });
}
