/** Problems and crashes of plugins, and their disposal. */

import {
  errorOf,
  PluginError,
  type PluginErrorCode,
  type Problem,
} from "../base/errors.ts";
import { describeThrown, listIds, onOneLine } from "../base/text.ts";
import { toFileHref } from "../base/path.ts";
import { nextTurn, startTiming, withTimeLimit } from "../base/timing.ts";
import type { PluginStatus } from "../events/lifecycle_event.ts";
import { dataDirectoryOf } from "../inspect/permission_needs.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { explainNotCapable } from "../permissions/permission_remedy.ts";
import type { Crash } from "../runners/runner.ts";
import type { HostParts, Parts } from "./host_parts.ts";
import { timeoutsOf } from "./options.ts";
import type { LivePlugin } from "./registry.ts";

type ProblemParts = Parts<"settings" | "lives" | "mask" | "runner">;

const MAX_REMEDY = 500;

/**
 * Returns the remedy of a `PluginError` that a plugin threw, on one line. Its class
 * may come from another copy of this package.
 */
export function remedyIn(thrown: unknown): string | undefined {
  try {
    if (!(thrown instanceof Error) || thrown.name !== "PluginError") return;
    const remedy: unknown = Reflect.get(thrown, "remedy");
    if (typeof remedy !== "string" || remedy.trim() === "") return;
    return onOneLine(remedy, MAX_REMEDY);
  } catch {
    return undefined;
  }
}

/** Returns the problems of an error of the host, with the plugin's own remedy. */
function withRemedy({ problems, cause }: PluginError): readonly Problem[] {
  const remedy = remedyIn(cause);
  if (remedy === undefined) return problems;
  return problems.map((problem) => ({
    ...problem,
    remedy: `The plugin suggests: ${remedy}`,
  }));
}

const MAX_NAMED = 3;

/**
 * Names the plugins that a plugin uses if it timed out: most likely it waits for a
 * call to one of them, which the host cannot see.
 */
function withUsed(
  lives: HostParts["lives"],
  id: string,
  problem: Problem,
): Problem {
  const used = lives.usedBy(id);
  if (problem.code !== "PLUGIN_TIMEOUT" || used.length === 0) return problem;
  const names = listIds(used, MAX_NAMED);
  const plugins = used.length > 1 ? "plugins" : "plugin";
  return {
    ...problem,
    message: `${problem.message}; it uses ${plugins} ${names}, ` +
      "for which it may wait",
    remedy: `Find what it waits for, first in ${plugins} ${names}, ` +
      `or allow it more time: timeouts.plugins["${id}"]`,
  };
}

/** Returns the code of an error of a plugin or of the host. */
export function codeOf(thrown: unknown): PluginErrorCode {
  return thrown instanceof PluginError ? thrown.code : "PLUGIN_SETUP_FAILED";
}

function explain(
  { settings, lives, runner }: ProblemParts,
  plugin: ReadPlugin,
  thrown: unknown,
): readonly Problem[] {
  const { manifest, directory, npmDirectories } = plugin;
  const { id } = manifest;
  const isOurs = thrown instanceof PluginError;
  const code = codeOf(thrown);
  // The host's own message begins with the action that failed.
  const named = isOurs ? thrown.message.indexOf(`"${id}"`) : -1;
  const subject = isOurs && named >= 0
    ? thrown.message.slice(0, named + id.length + 2)
    : `Cannot load plugin "${id}"`;
  // What starts a process is the host's own, and so is what it was denied.
  const denied = code === "PLUGIN_RUNNER_UNAVAILABLE"
    ? undefined
    : explainNotCapable(isOurs ? thrown.cause : thrown, manifest, {
      directory,
      dataDirectory: dataDirectoryOf(settings, id),
      npmDirectories,
    });
  if (denied !== undefined) {
    const { message, path, declared } = denied;
    const isIsolated = runner.kindOf(plugin) === "subprocess";
    // Its process has what it declares, whatever the host was granted.
    const remedy = isIsolated && !declared && path !== undefined
      ? `Declare it at ${path} in the manifest`
      : denied.remedy;
    const problem = { code, message: `${subject}: it ${message}`, remedy };
    return [path === undefined ? problem : { ...problem, path }];
  }
  if (isOurs) {
    return withRemedy(thrown).map((one) => withUsed(lives, id, one));
  }
  const message = `${subject}: ${describeThrown(thrown)}`;
  return [{ code, message, remedy: "See the cause" }];
}

/** Makes a function that names a plugin's source in the place of its copy. */
function nameSource(
  { directory, copiedFrom }: ReadPlugin,
): (text: string) => string {
  if (copiedFrom === undefined || directory === undefined) {
    return (text) => text;
  }
  const source = copiedFrom.directory;
  return (text) =>
    text.replaceAll(toFileHref(directory), toFileHref(source))
      .replaceAll(directory, source);
}

/**
 * Turns an error of a plugin into frozen problems, at least one: explains a denied
 * permission, and masks secrets. Never throws.
 */
export function problemsOf(
  parts: ProblemParts,
  plugin: ReadPlugin,
  thrown: unknown,
): readonly Problem[] {
  const { mask } = parts;
  let problems: readonly Problem[];
  try {
    problems = explain(parts, plugin, thrown);
  } catch {
    // A plugin may throw an object that throws when it is inspected.
    const { id } = plugin.manifest;
    problems = [{
      code: "PLUGIN_SETUP_FAILED",
      message: `Cannot continue with plugin "${id}": ${describeThrown(thrown)}`,
      remedy: "See the cause",
    }];
  }
  const name = nameSource(plugin);
  return Object.freeze(
    problems.map((problem) =>
      Object.freeze({
        ...problem,
        message: mask(name(problem.message)),
        remedy: mask(name(problem.remedy)),
        ...problem.path === undefined ? {} : { path: mask(problem.path) },
      })
    ),
  );
}

/** Runs an operation, and reports its failure. */
export async function reportFailure<Result>(
  { registry, lives, events, mask, settings: { clock } }: Parts<
    "registry" | "lives" | "events" | "mask" | "settings"
  >,
  id: string,
  action:
    | "plugin.enable.failed"
    | "plugin.disable.failed"
    | "plugin.config.failed"
    | "plugin.reload.failed"
    | "plugin.grant.failed"
    | "plugin.revoke.failed",
  operation: () => Promise<Result>,
  by?: string,
): Promise<Result> {
  const end = startTiming(clock);
  try {
    return await operation();
  } catch (thrown) {
    const isOurs = thrown instanceof PluginError;
    // An unknown plugin has no events.
    if (isOurs && thrown.code === "PLUGIN_NOT_FOUND") throw thrown;
    events.emit({
      action,
      plugin: registry.get(id)?.plugin ?? lives.find(id) ?? id,
      ...by === undefined ? {} : { by },
      failure: isOurs
        ? { code: thrown.code, problems: thrown.problems }
        : { error: mask(describeThrown(thrown)) },
      timing: end(),
    });
    throw thrown;
  }
}

const NO_PROBLEMS: readonly Problem[] = Object.freeze([]);

export type DisposeParts = Parts<
  | "settings"
  | "registry"
  | "runner"
  | "events"
  | "lives"
  | "watch"
  | "uses"
  | "mask"
>;

async function retire(
  parts: DisposeParts,
  live: LivePlugin,
  status: PluginStatus,
  reasons: readonly Problem[],
): Promise<readonly unknown[]> {
  const { settings: { timeouts, clock, recordUnused }, events, watch, uses } =
    parts;
  const { plugin } = live;
  const { id } = plugin.manifest;
  const event = { action: "plugin.disposed", plugin, status, reasons } as const;
  const end = startTiming(clock);
  const permissions = recordUnused ? uses.unusedBy(plugin) : [];
  if (permissions.length > 0) {
    events.emit({ action: "plugin.permissions.unused", plugin, permissions });
  }
  try {
    await live.retire(timeoutsOf(timeouts, id).dispose, clock);
    events.emit({ ...event, problems: NO_PROBLEMS, timing: end() });
    return [];
  } catch (thrown) {
    const problems = problemsOf(parts, plugin, thrown);
    events.emit({ ...event, problems, timing: end() });
    return [errorOf(id, problems, thrown)];
  } finally {
    watch.checkForRevoked(plugin);
  }
}

interface DisposeOptions {
  /** The status afterwards. */
  readonly status?: PluginStatus | ((live: LivePlugin) => PluginStatus);
  /** Returns the reasons for the end of a plugin, if it has problems. */
  readonly reasons?: (live: LivePlugin) => readonly Problem[];
  /** Called when a plugin has ended, with its errors. */
  readonly onEnd?: (live: LivePlugin, errors: readonly unknown[]) => void;
}

/**
 * Removes plugins from the registry at once, and disposes them concurrently, each
 * after its dependents. Skips a plugin that was already removed. Returns the errors.
 */
export async function disposeInTurn(
  parts: DisposeParts,
  plugins: readonly LivePlugin[],
  options: DisposeOptions = {},
): Promise<readonly unknown[]> {
  const { status = "disposed", reasons = () => NO_PROBLEMS, onEnd } = options;
  const removed = plugins.filter((live) => parts.registry.remove(live));
  const ended: Promise<readonly unknown[]>[] = [];
  /** The disposals of the dependents of a plugin, by its id. */
  const dependents = new Map<string, Promise<unknown>[]>();
  async function end(live: LivePlugin, before: readonly Promise<unknown>[]) {
    if (before.length > 0) await Promise.all(before);
    const after = typeof status === "function" ? status(live) : status;
    const errors = await retire(parts, live, after, reasons(live));
    onEnd?.(live, errors);
    return errors;
  }
  for (const live of removed) {
    const { id, requires } = live.plugin.manifest;
    const ending = end(live, dependents.get(id) ?? []);
    ended.push(ending);
    for (const { id: other } of requires) {
      const known = dependents.get(other);
      if (known === undefined) dependents.set(other, [ending]);
      else known.push(ending);
    }
  }
  return (await Promise.all(ended)).flat();
}

/** Disposes every live plugin, and returns the errors. */
export function disposeAll(
  parts: DisposeParts,
): Promise<readonly unknown[]> {
  return disposeInTurn(parts, parts.registry.inOrder().reverse());
}

/** Waits for running changes, and then disposes every live plugin. */
async function disposeAfter(
  parts: DisposeParts,
  changes: Promise<unknown>,
  onEnd: (live: LivePlugin, errors: readonly unknown[]) => void,
): Promise<readonly unknown[]> {
  const { settings: { timeouts, clock }, lives, registry } = parts;
  // A change that hangs leaves half of the time to the disposal.
  await withTimeLimit(changes, timeouts.close / 2, clock);
  lives.end();
  await lives.endingsOf(() => "all");
  return await disposeInTurn(parts, registry.inOrder().reverse(), { onEnd });
}

/**
 * Disposes every live plugin within one time limit. Returns the errors, with one
 * for all plugins that did not end in time.
 */
export async function disposeHost(
  parts: DisposeParts,
  changes: Promise<unknown>,
): Promise<readonly unknown[]> {
  const { settings: { timeouts, clock }, lives, registry } = parts;
  const ended = new Set<LivePlugin>();
  const errors: unknown[] = [];
  const before = registry.inOrder();
  const all = disposeAfter(parts, changes, (live, thrown) => {
    ended.add(live);
    errors.push(...thrown);
  });
  const limited = await withTimeLimit(all, timeouts.close, clock);
  if (limited.kind === "settled" && lives.starting.length === 0) {
    return limited.value;
  }
  if (limited.kind === "late") limited.eventually.catch(() => {});
  // A plugin whose own time limit ended as well may be about to report it.
  await nextTurn();
  const going = [
    ...before.filter((live) => !ended.has(live))
      .map(({ plugin }) => plugin.manifest.id),
    ...lives.starting,
  ];
  if (going.length === 0) return errors;
  const names = listIds([...new Set(going)]);
  return [
    ...errors,
    new PluginError(
      `Cannot dispose all plugins: ${names} did not end within ` +
        `${timeouts.close} ms`,
      {
        code: "PLUGIN_TIMEOUT",
        remedy: "Find what they wait for, or allow more time in timeouts.close",
      },
    ),
  ];
}

/** Throws a single error as it is, and several as an `AggregateError`. */
export function throwAll(errors: readonly unknown[], message: string): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, message);
}

type CrashParts = DisposeParts & Parts<"lives">;

function lostRequirement(id: string, lost: string): Problem {
  return Object.freeze({
    code: "PLUGIN_DEPENDENCY_FAILED",
    message: `Cannot load plugin "${id}": it requires "${lost}", which crashed`,
    remedy: `Fix plugin "${lost}" first`,
  });
}

/** Returns the requirements of a plugin that are no longer live, as problems. */
export function lostRequirements(
  { registry }: Parts<"registry">,
  { manifest }: ReadPlugin,
): readonly Problem[] {
  return manifest.requires
    .filter(({ id, optional }) =>
      optional !== true && registry.get(id) === undefined
    )
    .map(({ id }) => lostRequirement(manifest.id, id));
}

/** The interval of records (ms): a plugin may crash a thousand times a second. */
const UNCLEAR_EVERY = 60_000;

/** Similar crashes, not all of which are recorded. */
interface UnclearCrashes {
  recorded: number;
  /** The number of crashes since then. */
  repeated: number;
}

function describeCrash({ kind, reason }: Crash): string {
  if (kind === "process") return describeThrown(reason);
  const what = kind === "error" ? "an error" : "a rejection";
  return `it left ${what} unhandled: ${describeThrown(reason)}`;
}

/** Ends a plugin that crashed. A plugin that is starting fails after its start. */
function endCrashed(parts: CrashParts, id: string, crash: Crash): void {
  const { registry, lives, events } = parts;
  const { kind, reason } = crash;
  const live = registry.get(id);
  const plugin = live?.plugin ?? lives.find(id);
  if (plugin === undefined) return;
  // Its timers may throw forever, so only the first crash is recorded.
  if (live === undefined && lives.crashOf(id) !== undefined) return;
  const problems = problemsOf(
    parts,
    plugin,
    new PluginError(
      `Cannot continue with plugin "${id}": ${describeCrash(crash)}`,
      {
        code: "PLUGIN_CRASHED",
        pluginId: id,
        remedy: kind === "process"
          ? "See what ended its process; then enable it again"
          : "Await or catch what the plugin starts; then enable it again",
        cause: reason,
      },
    ),
  );
  events.emit({ action: "plugin.crashed", plugin, kind, problems });
  lives.crash(id, problems);
  if (live === undefined) return;
  const dependents = registry.dependentsOf(id);
  for (const { plugin: { manifest } } of dependents) {
    lives.crash(manifest.id, [lostRequirement(manifest.id, id)]);
  }
  const ending = [...dependents, live];
  const ended = disposeInTurn(parts, ending, {
    status: "failed",
    reasons: (one) => lives.crashOf(one.plugin.manifest.id) ?? [],
  });
  lives.ending(ended, ending.map(({ plugin }) => plugin.manifest.id));
}

/** Creates the function that handles the crashes of a host's plugins. */
export function createCrashHandler(
  find: () => CrashParts,
): (crash: Crash) => void {
  const unclear = new Map<string, UnclearCrashes>();
  return (crash) => {
    const parts = find();
    const { verdict, kind, reason } = crash;
    if (verdict.kind === "clear") return endCrashed(parts, verdict.id, crash);
    const { ids } = verdict;
    const key = `${kind} ${ids.join(" ")}`;
    const now = parts.settings.clock.elapsed();
    const before = unclear.get(key);
    if (before !== undefined && now - before.recorded < UNCLEAR_EVERY) {
      before.repeated++;
      return;
    }
    unclear.set(key, { recorded: now, repeated: 0 });
    parts.events.emit({
      action: "plugin.crash.unclear",
      kind,
      ids,
      error: parts.mask(describeThrown(reason)),
      repeated: before?.repeated ?? 0,
    });
  };
}
