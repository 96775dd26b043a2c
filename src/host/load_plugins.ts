/**
 * Carries out a plan, records what became of each plugin, and reports it.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { formatEntry } from "../permissions/format_entry.ts";
import { union } from "../permissions/union.ts";
import { makePlan } from "../plan/make_plan.ts";
import type { Plan, PlanStep } from "../plan/plan.ts";
import { type PlanOutcome, runPlan } from "../plan/run_plan.ts";
import { describeThrown, quote } from "../text.ts";
import { switchWarnings } from "../state/switches.ts";
import { askForPermissions } from "./ask_for_permissions.ts";
import type { HostCore } from "./core.ts";
import { errorOf, problemsOf } from "./problems.ts";
import { disposeAll } from "./dispose_plugins.ts";
import { type Facts, gatherFacts } from "./gather_facts.ts";
import type {
  LoadedPlugin,
  LoadReport,
  SkippedPlugin,
  TroubledPlugin,
} from "./report.ts";
import { permissionRemedy } from "./permission_remedy.ts";
import { permissionNeeds } from "./permission_needs.ts";
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
  if (core.registry.get(id) !== undefined) return [];
  core.crashes.delete(id);
  try {
    const live = await startPlugin(core, { plugin, config });
    const crash = core.crashes.get(id);
    if (crash !== undefined) {
      await live.retire(0, core.settings.clock).catch(() => {});
      throw errorOf(id, crash);
    }
    core.registry.add(live);
    core.record(plugin, `plugin.registered.${plugin.origin}`);
    core.events.emit("statuschange", { id, status: "live", problems: [] });
    return [];
  } catch (thrown) {
    const problems = problemsOf(core, plugin, thrown);
    core.events.emit("statuschange", { id, status: "failed", problems });
    core.record(plugin, "plugin.load.failed", {
      code: problems[0]?.code,
      error: problems[0]?.message ?? describeThrown(thrown),
      problems,
    }, "error");
    return problems;
  } finally {
    core.noticeRevocation(plugin);
  }
}

/** Records what was decided about a plugin, as far as it is not simply to load it. */
function recordDecision(core: HostCore, step: PlanStep): void {
  const { decision, facts: { found, missing } } = step;
  const isReported = core.settings.permissions === "report" &&
    decision.kind === "load" && missing.length > 0;
  if (isReported && found.ok) {
    core.record(found, "plugin.permission.missing", {
      permissions: missing.map(formatEntry),
      remedy: permissionRemedy(missing),
    }, "warn");
  }
  if (decision.kind === "refuse") {
    const { id, source, problems } = decision;
    core.events.emit("refusal", { id, source, problems });
    const details = {
      code: problems[0]?.code,
      source,
      problems,
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
 * Carries out a plan: asks where somebody is to be asked, brings to life what is
 * not live, and records what became of each plugin.
 *
 * @param core The host.
 * @param facts What the plan was made from.
 * @param plan The plan.
 * @returns The plan as it was carried out, and what failed.
 */
export async function carryOut(
  core: HostCore,
  facts: Facts,
  plan: Plan,
): Promise<PlanOutcome> {
  const answered = await askForPermissions(core, plan);
  // Before any code runs: a plugin that ends the process ends the trail with it.
  answered.steps.forEach((step) => recordDecision(core, step));
  const outcome = await runPlan(
    answered,
    (plugin) => loadPlugin(core, plugin, facts.configs.get(plugin.manifest.id)),
  );
  outcome.plan.steps.forEach((step, place) => {
    if (step.decision !== answered.steps[place]?.decision) {
      recordDecision(core, step);
    }
  });
  return outcome;
}

/** What is to be done once, before any plugin's code runs. */
async function prepare(core: HostCore, facts: Facts): Promise<void> {
  const { audit } = core.settings;
  const readable = facts.plugins.map(({ found }) => found)
    .filter((found) => found.ok);
  audit.protect(
    readable.map(({ directory }) => directory)
      .filter((directory) => directory !== undefined),
  );
  recordSwitches(core, facts);
  const { application, library } = await permissionNeeds(core, readable);
  core.watchedPermissions.start(
    union(application, library),
    core.settings.powers.query,
  );
}

/** Says once which switches could not be read, and which not be understood. */
function recordSwitches(core: HostCore, facts: Facts): void {
  const warned = switchWarnings(facts.switches);
  const unreadable = warned.filter(({ kind }) => kind === "unreadable");
  const isExternal = facts.switches.byType.size > 0;
  if (unreadable.length > 0 && isExternal) {
    const names = unreadable.map(({ name }) => name);
    core.recordHost("switch.unreadable", {
      variables: names,
      flag: `--allow-env=${names.join(",")}`,
    });
  }
  for (const { name, kind, warning } of warned) {
    if (kind !== "unclear" || !isExternal) continue;
    core.recordHost("switch.unclear", { variable: name, warning }, "warn");
  }
}

/**
 * Loads everything that follows from facts.
 *
 * @param core The host.
 * @param facts Everything that the plan depends on.
 * @returns What became of each plugin.
 */
async function loadPlugins(
  core: HostCore,
  facts: Facts,
): Promise<LoadReport> {
  const plan = makePlan(facts);
  core.registry.orderBy(plan.places);
  await prepare(core, facts);
  return createReport(facts, await carryOut(core, facts, plan));
}

/**
 * Loads everything, as the host's options say.
 *
 * @param core The host.
 * @returns What became of each plugin.
 * @throws {AggregateError} with `onProblem: "throw"`, when a plugin was refused
 * or failed; what was loaded is disposed of then.
 */
export async function loadAll(core: HostCore): Promise<LoadReport> {
  const report = await loadPlugins(core, await gatherFacts(core));
  const troubled = [...report.refused, ...report.failed];
  if (core.settings.onProblem === "report" || troubled.length === 0) {
    return report;
  }
  const errors = troubled.map(({ id, source, problems }) =>
    errorOf(id ?? source, problems)
  );
  const names = troubled.map(({ id, source }) => quote(id ?? source));
  throw new AggregateError(
    [...errors, ...await disposeAll(core)],
    `Cannot load all plugins: ${names.join(", ")}`,
  );
}
