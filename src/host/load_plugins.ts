/**
 * Carries out a plan, records what became of each plugin, and reports it.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { makePlan } from "../plan/make_plan.ts";
import type { PlanStep } from "../plan/plan.ts";
import { type PlanOutcome, runPlan } from "../plan/run_plan.ts";
import { describeThrown } from "../text.ts";
import { askForPermissions } from "./ask_for_permissions.ts";
import type { HostCore } from "./core.ts";
import { problemsOf } from "./core.ts";
import type { Facts } from "./gather_facts.ts";
import type {
  LoadedPlugin,
  LoadReport,
  SkippedPlugin,
  TroubledPlugin,
} from "./report.ts";
import { startPlugin } from "./start_plugin.ts";

/**
 * Brings one plugin to life and registers it. Never throws.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param config Its configuration, with references.
 * @returns What went wrong; nothing where it is live.
 */
export async function loadPlugin(
  core: HostCore,
  plugin: ReadPlugin,
  config: unknown,
): Promise<readonly Problem[]> {
  const { id } = plugin.manifest;
  try {
    core.registry.add(await startPlugin(core, { plugin, config }));
    core.record(plugin, `plugin.registered.${plugin.origin}`);
    return [];
  } catch (thrown) {
    const problems = problemsOf(core, id, thrown);
    core.record(plugin, "plugin.load.failed", {
      code: problems[0]?.code,
      error: problems[0]?.message ?? describeThrown(thrown),
      problems,
    }, "error");
    return problems;
  }
}

/** Records one decision against a plugin. */
function recordDecision(core: HostCore, step: PlanStep): void {
  const { decision, facts: { found } } = step;
  if (decision.kind === "refuse") {
    const details = {
      code: decision.problems[0]?.code,
      source: decision.source,
      problems: decision.problems,
    };
    if (found.ok) core.record(found, "plugin.load.refused", details, "warn");
    else core.recordSource(found, "plugin.load.refused", details, "warn");
  }
  if (decision.kind === "skip" && found.ok) {
    core.record(found, "plugin.load.skipped", { reason: decision.reason });
  }
}

function troubled(
  id: string | undefined,
  source: string,
  problems: readonly Problem[],
): TroubledPlugin {
  const code = problems[0]?.code ?? "PLUGIN_SETUP_FAILED";
  return Object.freeze({ id, source, code, problems });
}

function createReport(
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

/**
 * Carries out the plan that follows from facts.
 *
 * @param core The host.
 * @param facts Everything that the plan depends on.
 * @returns What became of each plugin.
 */
export async function loadPlugins(
  core: HostCore,
  facts: Facts,
): Promise<LoadReport> {
  const plan = await askForPermissions(core, makePlan(facts));
  core.registry.orderBy(plan.places);
  // Before any code runs: a plugin that ends the process ends the trail with it.
  plan.steps.forEach((step) => recordDecision(core, step));
  const outcome = await runPlan(
    plan,
    (plugin) => loadPlugin(core, plugin, facts.configs.get(plugin.manifest.id)),
  );
  outcome.plan.steps.forEach((step, place) => {
    if (step.decision !== plan.steps[place]?.decision) {
      recordDecision(core, step);
    }
  });
  return createReport(facts, outcome);
}
