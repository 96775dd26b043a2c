/** Loads all plugins of a host. */

import { errorOf, type PluginErrorCode, type Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import type { Inspection } from "../inspect/inspector.ts";
import { permissionNeeds } from "../inspect/permission_needs.ts";
import type { Snapshot } from "../inspect/snapshot.ts";
import { union } from "../permissions/set_algebra.ts";
import { makePlan, type PlanOutcome } from "../plan/plan.ts";
import { claimForRest, type Turn } from "./change_queue.ts";
import { disposeAll } from "./failures.ts";
import { type ExecuteParts, executePlan } from "./execute_plan.ts";
import type { Parts } from "./host_parts.ts";

type LoadParts = ExecuteParts & Parts<"state">;

/** A plugin that is live. */
export interface LoadedPlugin {
  /** Its id. */
  readonly id: string;
  /** The type that it plugs into. */
  readonly type: string;
  /** Its version. */
  readonly version: string;
  /** Its source. */
  readonly source: string;
}

/** A plugin that was refused or failed. */
export interface TroubledPlugin {
  /** Its id, if it could be read. */
  readonly id: string | undefined;
  /** Its source. */
  readonly source: string;
  /** The code of the first problem. */
  readonly code: PluginErrorCode;
  /** Every problem; at least one. */
  readonly problems: readonly Problem[];
}

/** The result of a load. Each list is in the order of the sources. */
export interface LoadReport {
  /** The plugins that are live. */
  readonly loaded: readonly LoadedPlugin[];
  /** The plugins that were skipped: disabled, or switched off. */
  readonly skipped: readonly (LoadedPlugin & {
    /** The reason: disabled in the stored state, or by a switch. */
    readonly reason: "disabled" | "switch";
  })[];
  /** The plugins that were refused before any of their code ran. */
  readonly refused: readonly TroubledPlugin[];
  /** The plugins whose code ran and failed. */
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

function createReport(
  { plugins }: Snapshot,
  { plan, failures }: PlanOutcome,
): LoadReport {
  const loaded: LoadedPlugin[] = [];
  const skipped: LoadReport["skipped"][number][] = [];
  const refused: TroubledPlugin[] = [];
  const failed: TroubledPlugin[] = [];
  const steps = new Map(plan.steps.map((step) => [step.index, step]));
  for (const [index, { found }] of plugins.entries()) {
    const decision = steps.get(index)?.decision;
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

/** Protects the audit trail and watches permissions, before any plugin code runs. */
function prepare(
  { settings, notices, watch }: LoadParts,
  { snapshot, found }: Inspection,
): void {
  const { audit, environment, system } = settings;
  audit.protect(
    found.flatMap((one) =>
      one.ok && one.directory !== undefined ? [one.directory] : []
    ),
  );
  notices.environment(environment.notices);
  const needs = permissionNeeds(snapshot, snapshot.plugins);
  watch.start(union(needs.application, needs.library), system.query);
}

async function loadPlugins(parts: LoadParts, turn: Turn): Promise<LoadReport> {
  const { inspector, registry, settings, state } = parts;
  const inspection = await inspector.inspect();
  const plan = makePlan(inspection.snapshot);
  registry.orderBy(plan.places);
  prepare(parts, inspection);
  await state.reconcile(inspection.stored);
  // With "throw", the load may dispose every plugin, so it keeps its claim.
  const isFinal = settings.onProblem === "report";
  const outcome = await executePlan(parts, inspection, plan, (rest) => {
    if (isFinal) turn.narrow(() => claimForRest(parts, new Set(rest)));
  });
  return createReport(inspection.snapshot, outcome);
}

/**
 * Loads everything. The turn releases each plugin once it is loaded. With
 * `onProblem: "throw"`, a problem disposes everything and throws.
 */
export async function loadAll(
  parts: LoadParts,
  turn: Turn,
): Promise<LoadReport> {
  const report = await loadPlugins(parts, turn);
  const troubled = [...report.refused, ...report.failed];
  if (parts.settings.onProblem === "report" || troubled.length === 0) {
    return report;
  }
  const errors = troubled.map(({ id, source, problems }) =>
    errorOf(id ?? source, problems)
  );
  const names = troubled.map(({ id, source }) => quote(id ?? source));
  throw new AggregateError(
    [...errors, ...await disposeAll(parts)],
    `Cannot load all plugins: ${names.join(", ")}`,
  );
}
