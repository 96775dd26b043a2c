/**
 * Loads all plugins of a host.
 *
 * @module
 */

import { union } from "../permissions/union.ts";
import type { Decision } from "../plan/decision.ts";
import { makePlan } from "../plan/make_plan.ts";
import { switchWarnings } from "../state/switches.ts";
import { quote } from "../text.ts";
import { carryOut } from "./carry_out.ts";
import type { HostCore } from "./core.ts";
import { createReport } from "./create_report.ts";
import { disposeAll } from "./dispose_plugins.ts";
import { type Facts, gatherFacts } from "./gather_facts.ts";
import { permissionNeeds } from "./permission_needs.ts";
import { errorOf } from "./problems.ts";
import type { LoadReport } from "./report.ts";

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
