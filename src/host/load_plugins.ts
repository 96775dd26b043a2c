/**
 * Loads all plugins of a host, and reports what became of each.
 *
 * @module
 */

import type { PluginErrorCode, Problem } from "../base/errors.ts";
import { union } from "../permissions/set_algebra.ts";
import { makePlan } from "../plan/make_plan.ts";
import type { Decision } from "../plan/plan.ts";
import type { PlanOutcome } from "../plan/run_plan.ts";
import { quote } from "../base/text.ts";
import { carryOut } from "./carry_out.ts";
import type { Turn } from "./change_queue.ts";
import { claimForRest } from "./claims.ts";
import type { HostCore } from "./core.ts";
import { disposeAll } from "./dispose_plugins.ts";
import { type Facts, gatherFacts } from "./gather_facts.ts";
import { permissionNeeds } from "./permission_needs.ts";
import { errorOf } from "./problems.ts";
import { reconcileState } from "./reconcile_state.ts";

/** A plugin that is live. */
export interface LoadedPlugin {
  /** Its id. */
  readonly id: string;
  /** What it plugs into. */
  readonly type: string;
  /** Its version. */
  readonly version: string;
  /** Where it comes from. */
  readonly source: string;
}

/** A plugin that is not live, and why. */
export interface TroubledPlugin {
  /** Its id, where it could be read. */
  readonly id: string | undefined;
  /** Where it comes from. */
  readonly source: string;
  /** The code of the first problem. */
  readonly code: PluginErrorCode;
  /** Every problem; at least one. */
  readonly problems: readonly Problem[];
}

/** What became of each plugin, each list in the order of the sources. */
export interface LoadReport {
  /** The plugins that are live. */
  readonly loaded: readonly LoadedPlugin[];
  /** The plugins that were passed over: disabled, or switched off. */
  readonly skipped: readonly (LoadedPlugin & {
    /** The reason: disabled in the stored state, or by a switch. */
    readonly reason: "disabled" | "switch";
  })[];
  /** The plugins that were turned away before any of their code ran. */
  readonly refused: readonly TroubledPlugin[];
  /** The plugins whose code ran and went wrong. */
  readonly failed: readonly TroubledPlugin[];
}

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
function createReport(
  facts: Facts,
  { plan, failures }: PlanOutcome,
): LoadReport {
  const loaded: LoadedPlugin[] = [];
  const skipped: LoadReport["skipped"][number][] = [];
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

/** What is to be done once, before any plugin's code runs. */
async function prepare(core: HostCore, facts: Facts): Promise<void> {
  const { audit } = core.settings;
  const readable = facts.plugins.map(({ found }) => found)
    .filter((found) => found.ok);
  audit.protect(
    readable.map(({ directory }) => directory)
      .filter((directory) => directory !== undefined),
  );
  recordNotices(core);
  const { application, library } = await permissionNeeds(
    core,
    readable,
    facts.configs,
  );
  core.watchedPermissions.start(
    union(application, library),
    core.settings.powers.query,
  );
}

/** Writes once what the files of the environment drop or cut. */
function recordNotices(core: HostCore): void {
  if (core.hasRecordedNotices) return;
  core.hasRecordedNotices = true;
  for (const problem of core.settings.environment.notices ?? []) {
    const { message, remedy, path } = problem;
    core.recordHost(
      "host.environment.notice",
      { message, remedy, path },
      "warn",
    );
  }
}

/**
 * Loads everything that follows from facts.
 *
 * @param core The host.
 * @param facts Everything that the plan depends on.
 * @param turn The turn, which lets go of each plugin that is loaded.
 * @returns What became of each plugin.
 */
async function loadPlugins(
  core: HostCore,
  facts: Facts,
  turn: Turn,
): Promise<LoadReport> {
  const plan = makePlan(facts);
  core.registry.orderBy(plan.places);
  await prepare(core, facts);
  await reconcileState(core, facts);
  // A load that may take back all of it keeps all of it.
  const isFinal = core.settings.onProblem === "report";
  const outcome = await carryOut(core, facts, plan, (rest) => {
    if (isFinal) turn.narrow(() => claimForRest(core, new Set(rest)));
  });
  return createReport(facts, outcome);
}

/**
 * Loads everything, as the host's options say.
 *
 * @param core The host.
 * @param turn The turn, which lets go of each plugin that is loaded.
 * @returns What became of each plugin.
 * @throws {AggregateError} with `onProblem: "throw"`, when a plugin was refused
 * or failed; what was loaded is disposed of then.
 */
export async function loadAll(
  core: HostCore,
  turn: Turn,
): Promise<LoadReport> {
  const report = await loadPlugins(core, await gatherFacts(core), turn);
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

/**
 * Says what loading everything would do.
 *
 * @param core The host.
 * @returns One decision for each plugin, and for each source that cannot be read.
 */
export async function planAll(core: HostCore): Promise<readonly Decision[]> {
  const plan = makePlan(await gatherFacts(core));
  return Object.freeze(plan.steps.map(({ decision }) => decision));
}
