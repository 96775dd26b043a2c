/**
 * Carries out a plan, and records what became of each plugin. Asks the person
 * at the terminal, where the host is told to.
 *
 * @module
 */

import { printOnStderr } from "../base/stderr.ts";
import type { Problem } from "../base/errors.ts";
import type { ModuleCode, ReadPlugin } from "../manifest/manifest.ts";
import {
  formatEntry,
  type PermissionEntry,
} from "../permissions/permission_set.ts";
import {
  describeRequest,
  permissionKey,
  type PermissionState,
  queryPermissions,
  requestPermission,
} from "../permissions/permission_states.ts";
import { type Plan, type PlanStep, refuse } from "../plan/plan.ts";
import { type PlanOutcome, revisePlan, runPlan } from "../plan/run_plan.ts";
import { confirmImport, rememberImport } from "./imported_code.ts";
import { withTimeLimit } from "../base/time_limit.ts";
import {
  SWITCHES_FLAG,
  switchRemedy,
  switchWarnings,
} from "../state/switches.ts";
import { codeProblems } from "./code_problems.ts";
import type { HostCore } from "./core.ts";
import { lostRequirements } from "./engine.ts";
import type { Facts } from "./gather_facts.ts";
import { nextTurn } from "../runners/in_process/next_turn.ts";
import { timeoutsOf } from "./timeouts.ts";
import { loadPlugin } from "./start_plugin.ts";

function isGrantedState(state: PermissionState | undefined): boolean {
  return state === "granted" || state === "partial";
}

async function ask(
  core: HostCore,
  id: string,
  reason: string | undefined,
  entry: PermissionEntry,
): Promise<boolean> {
  const key = permissionKey(entry);
  // Who said no is not asked again by the next plugin, or the next load.
  if (core.refusedRequests.has(key)) return false;
  const { powers } = core.settings;
  // What another plugin was granted a moment ago is not asked for again.
  const before = queryPermissions([entry], powers).get(key);
  if (isGrantedState(before)) return true;
  if (powers.canAsk()) printOnStderr(describeRequest(id, reason, entry));
  const isGranted = isGrantedState(await requestPermission(entry, powers));
  if (!isGranted) core.refusedRequests.add(key);
  return isGranted;
}

/**
 * Asks for what the plugins that a plan decided to ask about miss, one after the
 * other, saying on standard error who asks.
 *
 * @param core The host.
 * @param plan The plan.
 * @param remedyFor How a person grants what stays missing.
 * @returns The plan that follows from the answers; the same one where nobody is to be asked.
 */
async function askForPermissions(
  core: HostCore,
  plan: Plan,
  remedyFor: (missing: readonly PermissionEntry[]) => string,
): Promise<Plan> {
  let current = plan;
  if (plan.steps.every(({ decision }) => decision.kind !== "ask")) return plan;
  // A question has two lines: those of another change must not come between.
  using _turn = await core.asking.lock(new AbortController().signal);
  for (const place of plan.steps.keys()) {
    const step = current.steps[place];
    if (step?.plugin === undefined || step.decision.kind !== "ask") continue;
    const { id, description } = step.plugin.manifest;
    const missing: PermissionEntry[] = [];
    for (const entry of step.decision.missing) {
      if (!await ask(core, id, description, entry)) missing.push(entry);
    }
    current = revisePlan(current, {
      kind: "answered",
      id,
      missing,
      remedy: remedyFor(missing),
    });
  }
  return current;
}

/** Records what was decided about a plugin, as far as it is not simply to load it. */
function recordDecision(core: HostCore, facts: Facts, step: PlanStep): void {
  const { decision, facts: { found, missing } } = step;
  const isReported = core.settings.permissions === "report" &&
    decision.kind === "load" && missing.length > 0;
  if (isReported && found.ok) {
    core.record(found, "plugin.permission.missing", {
      permissions: missing.map(formatEntry),
      remedy: facts.permissionRemedy(missing),
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

/** Records which switches could not be read or understood, each once a host. */
function recordSwitches(core: HostCore, { switches }: Facts): void {
  // Without an external plugin there is nothing to switch.
  if (switches === undefined || switches.byType.size === 0) return;
  const warned = switchWarnings(switches)
    .filter(({ name }) => !core.warnedSwitches.has(name));
  for (const { name } of warned) core.warnedSwitches.add(name);
  const unreadable = warned.filter(({ kind }) => kind === "unreadable");
  if (unreadable.length > 0) {
    const variables = unreadable.map(({ name }) => name);
    const { query } = core.settings.powers;
    const isDenied = variables.some((variable) =>
      query({ name: "env", variable }).state === "denied"
    );
    core.recordHost("switch.unreadable", {
      variables,
      flag: SWITCHES_FLAG,
      remedy: switchRemedy(isDenied),
    }, "warn");
  }
  for (const { name, kind, warning } of warned) {
    if (kind !== "unclear") continue;
    core.recordHost("switch.unclear", { variable: name, warning }, "warn");
  }
}

/**
 * Has the modules read that the plan brings in, no longer than one may take to
 * load.
 *
 * @returns The plugins whose files are known to be those that were read.
 */
async function prepareImports(
  core: HostCore,
  plan: Plan,
): Promise<ReadonlySet<ReadPlugin>> {
  const { prepareImports, timeouts, clock } = core.settings;
  const modules = new Map<string, ReadPlugin>();
  for (const { plugin, decision } of plan.steps) {
    if (plugin?.code.kind !== "module" || decision.kind !== "load") continue;
    if (core.registry.get(plugin.manifest.id) !== undefined) continue;
    modules.set(plugin.code.specifier, plugin);
  }
  const held = new Set<ReadPlugin>();
  if (modules.size === 0) return held;
  const begun: (readonly [ReadPlugin, ModuleCode])[] = [];
  const prepared = prepareImports([...modules.keys()], (specifier) => {
    const plugin = modules.get(specifier);
    if (plugin?.code.kind !== "module") return;
    if (rememberImport(plugin.code)) begun.push([plugin, plugin.code]);
  });
  // Each of them is imported by itself after that, within its own limit.
  const limit = Math.min(
    ...modules.values()
      .map(({ manifest }) => timeoutsOf(timeouts, manifest.id).load),
  );
  const { kind } = await withTimeLimit(prepared, limit, clock);
  if (kind === "late") return held;
  for (const [plugin, code] of begun) {
    if (confirmImport(plugin.manifest.id, code) === undefined) held.add(plugin);
  }
  return held;
}

/** What was learnt from crashes while the plan was carried out. */
function withCrashes(
  core: HostCore,
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
    const crash = core.registry.get(id) === undefined
      ? core.crashes.get(id)
      : undefined;
    if (crash !== undefined) failed.set(id, crash);
    return step;
  });
  return { plan: { ...plan, steps }, failures: failed };
}

/**
 * Carries out a plan: asks where somebody is to be asked, brings to life what is
 * not live, and records what became of each plugin.
 *
 * @param core The host.
 * @param facts What the plan was made from.
 * @param plan The plan.
 * @param onRest Called with the ids that are still to be loaded, whenever one
 * of them settles.
 * @returns The plan as it was carried out, and what failed.
 */
export async function carryOut(
  core: HostCore,
  facts: Facts,
  plan: Plan,
  onRest: (ids: ReadonlySet<string>) => void = () => {},
): Promise<PlanOutcome> {
  recordSwitches(core, facts);
  const answered = await askForPermissions(core, plan, facts.permissionRemedy);
  // Before any code runs: a plugin that ends the process ends the trail with it.
  answered.steps.forEach((step) => recordDecision(core, facts, step));
  const lost = new Map<string, readonly Problem[]>();
  const held = await prepareImports(core, answered);
  const rest = new Set(
    answered.steps.flatMap(({ plugin, decision }) =>
      plugin !== undefined && decision.kind === "load"
        ? [plugin.manifest.id]
        : []
    ),
  );
  onRest(rest);
  const outcome = await runPlan(answered, async (plugin) => {
    const { id } = plugin.manifest;
    using _settled = {
      [Symbol.dispose]: () => {
        rest.delete(id);
        onRest(rest);
      },
    };
    const problems = [
      ...lostRequirements(core, plugin),
      ...held.has(plugin) ? [] : codeProblems(plugin),
    ];
    if (problems.length === 0) {
      return await loadPlugin(core, plugin, facts.configs.get(id));
    }
    lost.set(id, problems);
    return problems;
  });
  if (core.settings.containCrashes) await nextTurn();
  const final = withCrashes(core, outcome, lost);
  final.plan.steps.forEach((step, place) => {
    if (step.decision !== answered.steps[place]?.decision) {
      recordDecision(core, facts, step);
    }
  });
  return final;
}
