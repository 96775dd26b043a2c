/** Starts plugins, in the order of a plan, and loads all plugins of a host. */

import {
  errorOf,
  PluginError,
  type PluginErrorCode,
  type Problem,
} from "../base/errors.ts";
import { copyJson } from "../base/json.ts";
import type { StandardIssue } from "../base/standard_schema.ts";
import {
  cut,
  describeThrown,
  escapeControls,
  onOneLine,
  quote,
} from "../base/text.ts";
import { joinConfigPath } from "../environment/config_reference.ts";
import type { Inspection } from "../inspect/inspector.ts";
import { pluginOf, type Snapshot } from "../inspect/snapshot.ts";
import {
  dataDirectoryOf,
  permissionNeeds,
} from "../inspect/permission_needs.ts";
import { lacksCopy, type ReadPlugin } from "../manifest/manifest.ts";
import { checkCopy } from "../policy/checks.ts";
import { usesDataDirectory } from "../permissions/normalize_permissions.ts";
import { formatEntry } from "../permissions/permission_set.ts";
import { union } from "../permissions/set_algebra.ts";
import {
  makePlan,
  type Plan,
  type PlanOutcome,
  type PlanStep,
  refuse,
  runPlan,
} from "../plan/plan.ts";
import { startTiming } from "../base/timing.ts";
import type { OpenPlugin } from "../runners/runner.ts";
import type { SecretHold } from "../secrets/secret_values.ts";
import { claimForRest, hostDisposed, type Turn } from "./change_queue.ts";
import { contractBreaches } from "./options.ts";
import {
  codeOf,
  disposeAll,
  type DisposeParts,
  lostRequirements,
  problemsOf,
} from "./failures.ts";
import type { Parts } from "./host_parts.ts";
import {
  type ContextParts,
  createPluginContext,
  holdEnvironment,
  holdSecrets,
  resolveConfig,
} from "./plugin_context.ts";
import { type LeaseWatch, LivePlugin } from "./registry.ts";

function formatIssuePath(path: StandardIssue["path"]): string {
  return (path ?? [])
    .map((key) => typeof key === "object" ? key.key : key)
    .reduce<string>(
      (at, key) =>
        joinConfigPath(at, typeof key === "number" ? key : String(key)),
      "",
    );
}

const NO_ISSUE = { message: "its configSchema rejects it without an issue" };

/** Makes a problem of each issue of a plugin's schema; at least one. */
function issueProblems(
  id: string,
  issues: readonly StandardIssue[],
  unset: ReadonlyMap<string, string>,
): readonly Problem[] {
  const all = issues.length > 0 ? issues : [NO_ISSUE];
  return all.map(({ message, path }: StandardIssue) => {
    const place = formatIssuePath(path);
    const variable = unset.get(place);
    const at = escapeControls(cut(place, 200));
    // The whole problem is masked later: masking a part now would hide the rest.
    const shown = onOneLine(String(message), 500);
    return {
      code: "PLUGIN_CONFIG_INVALID",
      message: `Cannot configure plugin "${id}": ` +
        (at === "" ? shown : `${at}: ${shown}`) +
        (variable === undefined ? "" : ` (variable ${variable} is not set)`),
      remedy: variable === undefined
        ? "Correct the configuration of the plugin"
        : `Set the variable ${variable}`,
      path: at,
    };
  });
}

/** Validates a configuration with the plugin's schema; throws every problem at once. */
export async function validateConfig(
  parts: ContextParts,
  plugin: ReadPlugin,
  opened: OpenPlugin,
  raw: unknown,
  secrets: SecretHold,
): Promise<unknown> {
  const { id } = plugin.manifest;
  const { config, unset } = resolveConfig(parts, plugin, raw, secrets);
  const result = await opened.validateConfig(config);
  if (result.issues === undefined) return result.value;
  throw errorOf(id, issueProblems(id, result.issues, unset));
}

async function prepareDataDirectory(
  { settings }: Parts<"settings">,
  plugin: ReadPlugin,
): Promise<string | undefined> {
  const { id, permissions, optionalPermissions } = plugin.manifest;
  const directory = dataDirectoryOf(settings, id);
  if (directory === undefined) return undefined;
  const isUsed = usesDataDirectory(permissions) ||
    usesDataDirectory(optionalPermissions);
  // A plugin that only reads the directory needs no write permission.
  const { query } = settings.system;
  const mayMake = query({ name: "write", path: directory }).state === "granted";
  if (isUsed && mayMake) {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  }
  return directory;
}

/** Copies a configuration, because the original may be changed later. */
function ownConfig(config: unknown): unknown {
  const copy = copyJson(config, "config");
  return copy.ok ? copy.value : config;
}

export type StartParts =
  & ContextParts
  & DisposeParts
  & Parts<"runner" | "consents" | "telemetry">;

/** Follows calls under a lease, and reports their errors. */
function watchLeases(parts: StartParts, plugin: ReadPlugin): LeaseWatch {
  const { id } = plugin.manifest;
  const calls = parts.runner.followCalls(id);
  return {
    ...parts.telemetry?.measureCalls(plugin),
    skip: () => calls.skip(),
    follow: (callback, ...args) => calls.follow(callback, ...args),
    onFailure(thrown) {
      const failure = new PluginError(
        `Cannot use plugin "${id}": a call threw ${describeThrown(thrown)}`,
        {
          code: "PLUGIN_CALL_FAILED",
          pluginId: id,
          remedy: "See what the call threw; the caller got it unchanged",
          cause: thrown,
        },
      );
      const problems = problemsOf(parts, plugin, failure);
      parts.events.emit({ action: "plugin.call.failed", plugin, problems });
    },
  };
}

/** Disposes a plugin that must not become live, and throws the reason. */
async function discard(
  { settings: { clock } }: StartParts,
  live: LivePlugin,
  reason: PluginError,
): Promise<never> {
  await live.retire(0, clock).catch(() => {});
  throw reason;
}

/** Runs one half of a start, and reports how long it took. */
async function timed<Result>(
  { events, settings: { clock } }: StartParts,
  action: "plugin.import.ended" | "plugin.setup.ended",
  plugin: ReadPlugin,
  half: () => Promise<Result>,
): Promise<Result> {
  const end = startTiming(clock);
  try {
    const result = await half();
    events.emit({ action, plugin, timing: end() });
    return result;
  } catch (thrown) {
    events.emit({ action, plugin, timing: end(), code: codeOf(thrown) });
    throw thrown;
  }
}

/** Starts a plugin. A failure leaves nothing behind. */
export async function startPlugin(
  parts: StartParts,
  plugin: ReadPlugin,
  given: unknown,
): Promise<LivePlugin> {
  const { runner, lives, consents, settings: { contracts } } = parts;
  const raw = ownConfig(given);
  const { id, type } = plugin.manifest;
  const uncopied = checkCopy(plugin);
  if (uncopied.length > 0) throw errorOf(id, uncopied);
  lives.begin(plugin);
  const grants = runner.kindOf(plugin) === "subprocess"
    ? consents.grantsOf(plugin)
    : undefined;
  using secrets = holdSecrets(parts);
  // Its top level may read them, and show them in what it prints or throws.
  holdEnvironment(parts, plugin, secrets);
  const opened = await timed(
    parts,
    "plugin.import.ended",
    plugin,
    () => runner.open(plugin),
  );
  const controller = new AbortController();
  // The listeners of the signal, and their callbacks, are code of the plugin.
  const stop = (reason: unknown) =>
    runner.runAs(id, () => controller.abort(reason));
  async function setUp(): Promise<LivePlugin> {
    const config = await validateConfig(parts, plugin, opened, raw, secrets);
    const dataDir = await prepareDataDirectory(parts, plugin);
    const { signal } = controller;
    const context = createPluginContext(parts, plugin, secrets, {
      config,
      dataDir,
      signal,
    });
    const running = await opened.setup(context);
    const live = new LivePlugin(
      plugin,
      opened,
      running,
      context,
      raw,
      secrets.move(),
      stop,
      watchLeases(parts, plugin),
    );
    live.grants = grants;
    const expected = contracts.get(type);
    const breaches = expected === undefined
      ? []
      : await contractBreaches(live.api, expected);
    return breaches.length === 0
      ? live
      : await discard(parts, live, broken(id, type, breaches));
  }
  try {
    return await timed(parts, "plugin.setup.ended", plugin, setUp);
  } catch (thrown) {
    stop(thrown);
    await opened.close?.();
    throw thrown;
  }
}

function broken(
  id: string,
  type: string,
  breaches: readonly string[],
): PluginError {
  return new PluginError(
    `Cannot load plugin "${id}": ` +
      `${breaches.join(", ")}, which a plugin of type "${type}" must have`,
    {
      code: "PLUGIN_CONTRACT_BROKEN",
      pluginId: id,
      remedy: `Return from setup what the host expects of type "${type}"`,
    },
  );
}

/** Starts and registers one plugin. Returns its problems; never throws. */
export function loadPlugin(
  parts: StartParts,
  plugin: ReadPlugin,
  config: unknown,
): Promise<readonly Problem[]> {
  return parts.lives.startOnce(
    plugin.manifest.id,
    () => startAndRegister(parts, plugin, config),
  );
}

async function startAndRegister(
  parts: StartParts,
  plugin: ReadPlugin,
  config: unknown,
): Promise<readonly Problem[]> {
  const { registry, lives, events, watch } = parts;
  const { id } = plugin.manifest;
  if (registry.get(id) !== undefined) return [];
  lives.forgetCrash(id);
  try {
    const live = await startPlugin(parts, plugin, config);
    if (lives.isEnding) {
      await discard(parts, live, hostDisposed(`load plugin "${id}"`));
    }
    const lost = lives.crashOf(id) ?? lostRequirements(parts, plugin);
    if (lost.length > 0) await discard(parts, live, errorOf(id, lost));
    registry.add(live);
    events.emit({ action: `plugin.registered.${plugin.origin}`, plugin });
    return [];
  } catch (thrown) {
    const problems = problemsOf(parts, plugin, thrown);
    events.emit({ action: "plugin.load.failed", plugin, problems });
    return problems;
  } finally {
    watch.checkForRevoked(plugin);
  }
}

/** The parts that executing a plan takes. */
export type ExecuteParts = StartParts & Parts<"notices" | "questions">;

/** Asks the questions of a plan, and returns the revised plan. */
export async function askAll(
  { questions, consents, inspector }: Parts<
    "questions" | "consents" | "inspector"
  >,
  inspection: Inspection,
  plan: Plan,
): Promise<Plan> {
  return await questions.ask(
    plan,
    inspection.remedyFor,
    async (step, consent) => {
      const plugin = pluginOf(inspection, step);
      if (plugin === undefined) return false;
      const hazards = await inspector.hazardsOf(plugin);
      return await consents.askToRun(plugin, consent, hazards);
    },
  );
}

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
    return events.emit({
      action: "plugin.load.refused",
      plugin,
      problems: decision.problems,
      missing: missing.length,
    });
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
  const { settings, registry, runner, notices } = parts;
  notices.switches(inspection.switches, settings.system.query);
  const answered = await askAll(parts, inspection, plan);
  // Before any code runs: a plugin that ends the process also ends the audit trail.
  for (const step of answered.steps) reportDecision(parts, inspection, step);
  const lost = new Map<string, readonly Problem[]>();
  const toLoad = answered.steps.filter(({ plugin, decision }) =>
    plugin !== undefined && decision.kind === "load"
  ).map((step) => pluginOf(inspection, step))
    .filter((plugin) => plugin !== undefined);
  await runner.prepare(
    toLoad.filter((plugin) =>
      registry.get(plugin.manifest.id) === undefined && !lacksCopy(plugin)
    ),
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
      ...checkCopy(plugin),
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
      one.ok
        ? [one.directory, one.copiedFrom?.directory]
          .filter((path) => path !== undefined)
        : []
    ),
  );
  notices.environment(environment.notices);
  const needs = permissionNeeds(snapshot, snapshot.plugins);
  watch.start(union(needs.application, needs.library), system.query);
}

/** Records by which lock and trust file plugins are judged, and remembers their serials. */
async function reportVerification(
  { state, events }: LoadParts,
  { verifier }: Inspection,
): Promise<void> {
  const serials = verifier?.serials ?? {};
  if (verifier === undefined || Object.keys(serials).length === 0) return;
  const problem = await state.keepSerials(serials);
  const { outdatedSince } = verifier;
  events.emit({
    action: "host.sources.verified",
    serials,
    ...outdatedSince === undefined ? {} : { outdatedSince },
    ...problem === undefined ? {} : { problem },
  });
}

async function loadPlugins(parts: LoadParts, turn: Turn): Promise<LoadReport> {
  const { inspector, registry, settings, state } = parts;
  const inspection = await inspector.inspect({ mayCopy: true });
  const plan = makePlan(inspection.snapshot);
  registry.orderBy(plan.places);
  prepare(parts, inspection);
  await state.reconcile(inspection.stored);
  await reportVerification(parts, inspection);
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
  const { events, settings: { clock } } = parts;
  const end = startTiming(clock);
  events.emit({ action: "host.load.began" });
  let report: LoadReport;
  try {
    report = await loadPlugins(parts, turn);
    events.emit({ action: "host.load.ended", timing: end() });
  } catch (thrown) {
    const code = codeOf(thrown);
    events.emit({ action: "host.load.ended", timing: end(), code });
    throw thrown;
  }
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
