/** Disposes plugins. */

import { errorOf, PluginError, type Problem } from "../base/errors.ts";
import { describeThrown, listIds } from "../base/text.ts";
import { nextTurn, withTimeLimit } from "../base/timing.ts";
import type { PluginStatus } from "../events/lifecycle_event.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Crash } from "../runners/runner.ts";
import type { Parts } from "./host_parts.ts";
import { timeoutsOf } from "./options.ts";
import { problemsOf } from "./problems.ts";
import type { LivePlugin } from "./registry.ts";

const NO_PROBLEMS: readonly Problem[] = Object.freeze([]);

export type DisposeParts = Parts<
  "settings" | "registry" | "events" | "lives" | "watch" | "mask"
>;

async function retire(
  parts: DisposeParts,
  live: LivePlugin,
  status: PluginStatus,
  reasons: readonly Problem[],
): Promise<readonly unknown[]> {
  const { settings: { timeouts, clock }, events, watch } = parts;
  const { plugin } = live;
  const { id } = plugin.manifest;
  const event = { action: "plugin.disposed", plugin, status, reasons } as const;
  try {
    await live.retire(timeoutsOf(timeouts, id).dispose, clock);
    events.emit({ ...event, problems: NO_PROBLEMS });
    return [];
  } catch (thrown) {
    const problems = problemsOf(parts, plugin, thrown);
    events.emit({ ...event, problems });
    return [errorOf(id, problems, thrown)];
  } finally {
    watch.checkForRevoked(plugin);
  }
}

interface DisposeOptions {
  /** The status afterwards. */
  readonly status?: PluginStatus;
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
    const errors = await retire(parts, live, status, reasons(live));
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
      `Cannot continue with plugin "${id}": it left ${
        kind === "error" ? "an error" : "a rejection"
      } unhandled: ${describeThrown(reason)}`,
      {
        code: "PLUGIN_CRASHED",
        pluginId: id,
        remedy: "Await or catch what the plugin starts; then enable it again",
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
