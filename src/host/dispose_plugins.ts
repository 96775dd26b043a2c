/** Disposes plugins. */

import { listIds } from "../base/text.ts";
import { errorOf, PluginError, type Problem } from "../base/errors.ts";
import { nextTurn, withTimeLimit } from "../base/timing.ts";
import type { Parts } from "./host_parts.ts";
import { problemsOf } from "./problems.ts";
import type { PluginStatus } from "../events/lifecycle_event.ts";
import { timeoutsOf } from "./timeouts.ts";
import type { LivePlugin } from "./live_plugin.ts";

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
