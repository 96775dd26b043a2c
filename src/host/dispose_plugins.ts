/**
 * The end of plugins.
 *
 * @module
 */

import { PluginError, type Problem } from "../base/errors.ts";
import { withTimeLimit } from "../base/time_limit.ts";
import type { Claim } from "./change_queue.ts";
import type { HostCore } from "./core.ts";
import { nextTurn } from "../runners/in_process/next_turn.ts";
import { errorOf, problemsOf } from "./problems.ts";
import type { PluginStatus } from "./host_events.ts";
import { timeoutsOf } from "./timeouts.ts";
import type { LivePlugin } from "./live_plugin.ts";

const NO_PROBLEMS: readonly Problem[] = Object.freeze([]);

async function retire(
  core: HostCore,
  live: LivePlugin,
  status: PluginStatus,
  reasons: readonly Problem[],
): Promise<readonly unknown[]> {
  const { timeouts, clock } = core.settings;
  const { id } = live.plugin.manifest;
  try {
    await live.retire(timeoutsOf(timeouts, id).dispose, clock);
    core.record(live.plugin, "plugin.disposed");
    core.events.emit("statuschange", { id, status, problems: reasons });
    return [];
  } catch (thrown) {
    const problems = problemsOf(core, live.plugin, thrown);
    core.record(live.plugin, "plugin.disposed", {
      error: problems[0]?.message,
      problems,
    }, "error");
    core.events.emit("statuschange", {
      id,
      status,
      problems: Object.freeze([...reasons, ...problems]),
    });
    return [errorOf(id, problems, thrown)];
  } finally {
    core.noticeRevocation(live.plugin);
  }
}

/** Options of {@linkcode disposeInTurn}. */
export interface DisposeOptions {
  /** The status afterwards. */
  readonly status?: PluginStatus;
  /** Finds why a plugin is ended, if something is wrong. */
  readonly reasons?: (live: LivePlugin) => readonly Problem[];
  /** Called when a plugin has ended, with what it threw. */
  readonly onEnd?: (live: LivePlugin, errors: readonly unknown[]) => void;
}

/**
 * Removes plugins from the registry at once, and disposes them side by side,
 * each after those that require it. One that was removed before is passed over.
 *
 * @param core The host.
 * @param plugins The plugins: a dependent before what it requires.
 * @param options Options.
 * @returns The errors, in the order of the plugins.
 */
export async function disposeInTurn(
  core: HostCore,
  plugins: readonly LivePlugin[],
  options: DisposeOptions = {},
): Promise<readonly unknown[]> {
  const { status = "disposed", reasons = () => NO_PROBLEMS, onEnd } = options;
  const removed = plugins.filter((live) => core.registry.remove(live));
  const ended: Promise<readonly unknown[]>[] = [];
  /** The endings of the plugins that require one, by its id. */
  const dependents = new Map<string, Promise<unknown>[]>();
  async function end(live: LivePlugin, before: readonly Promise<unknown>[]) {
    if (before.length > 0) await Promise.all(before);
    const errors = await retire(core, live, status, reasons(live));
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

/**
 * Disposes of every live plugin, what depends before what it depends on.
 *
 * @param core The host.
 * @returns What was thrown on the way.
 */
export function disposeAll(core: HostCore): Promise<readonly unknown[]> {
  return disposeInTurn(core, core.registry.inOrder().reverse());
}

/**
 * Waits for plugins that crashed and hold what they opened.
 *
 * @param core The host.
 * @param claim The plugins that a change concerns.
 */
export async function endingsOf(core: HostCore, claim: Claim): Promise<void> {
  const waited = [...core.endings].filter(([, ids]) =>
    claim === "all" ||
    ids.some((id) => claim.changes.has(id) || claim.uses.has(id))
  );
  await Promise.all(waited.map(([ended]) => ended));
}

/** Waits for the changes under way, and then disposes all that is live. */
async function disposeAfter(
  core: HostCore,
  changes: Promise<unknown>,
  onEnd: (live: LivePlugin, errors: readonly unknown[]) => void,
): Promise<readonly unknown[]> {
  const { timeouts, clock } = core.settings;
  // A change that hangs leaves the other plugins half of the time.
  await withTimeLimit(changes, timeouts.close / 2, clock);
  core.isEnding = true;
  await endingsOf(core, "all");
  return await disposeInTurn(core, core.registry.inOrder().reverse(), {
    onEnd,
  });
}

/**
 * Disposes every live plugin within the time limit for all of them.
 *
 * @param core The host.
 * @param changes The changes of plugins that are under way.
 * @returns The errors, one of them for the plugins that did not end in time.
 */
export async function disposeHost(
  core: HostCore,
  changes: Promise<unknown>,
): Promise<readonly unknown[]> {
  const { timeouts, clock } = core.settings;
  const ended = new Set<LivePlugin>();
  const errors: unknown[] = [];
  const before = core.registry.inOrder();
  const all = disposeAfter(core, changes, (live, thrown) => {
    ended.add(live);
    errors.push(...thrown);
  });
  const limited = await withTimeLimit(all, timeouts.close, clock);
  if (limited.kind === "settled" && core.starting.size === 0) {
    return limited.value;
  }
  if (limited.kind === "late") limited.eventually.catch(() => {});
  // Those whose own time was over as well may only have to say so.
  await nextTurn();
  const going = [
    ...before.filter((live) => !ended.has(live))
      .map(({ plugin }) => plugin.manifest.id),
    ...core.starting.keys(),
  ];
  if (going.length === 0) return errors;
  const names = [...new Set(going)].map((id) => `"${id}"`);
  return [
    ...errors,
    new PluginError(
      `Cannot dispose all plugins: ${names.join(", ")} did not end within ` +
        `${timeouts.close} ms`,
      {
        code: "PLUGIN_TIMEOUT",
        remedy: "Find what they wait for, or allow more time in timeouts.close",
      },
    ),
  ];
}

/**
 * Throws what was collected on the way.
 *
 * @param errors What was thrown: with none of them nothing happens.
 * @param message What several of them are told as.
 */
export function throwAll(errors: readonly unknown[], message: string): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, message);
}
