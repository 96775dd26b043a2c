/**
 * Asks plugins how they are.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { pause } from "../base/time_limit.ts";
import type { Parts } from "./host_parts.ts";
import type { Health } from "../base/health.ts";
import { measureHealth } from "./measure_health.ts";
import { HealthCourse } from "./health_course.ts";
import { problemsOf, remedyIn } from "./problems.ts";
import { type LivePlugin, notLive } from "./live_plugin.ts";

// What a timer of the engine can wait for.
const MAX_INTERVAL = 2_147_483_647;

/** The parts that a health check takes. */
export type HealthParts = Parts<
  "settings" | "registry" | "events" | "lives" | "watch" | "mask"
>;

/** Describes why a check failed, with the plugin's own remedy. */
function describeFailure(
  parts: HealthParts,
  plugin: ReadPlugin,
  thrown: unknown,
): string | undefined {
  const [problem] = problemsOf(parts, plugin, thrown);
  if (problem === undefined) return undefined;
  const { message, remedy } = problem;
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return remedyIn(cause) === undefined ? message : `${message}. ${remedy}`;
}

async function ask(parts: HealthParts, live: LivePlugin): Promise<Health> {
  const { settings, registry, events, watch, mask } = parts;
  const { clock, health: options } = settings;
  const { plugin, running, context } = live;
  const health = await measureHealth(
    running.canCheckHealth ? () => running.checkHealth(context) : undefined,
    clock,
    mask,
    (thrown) => describeFailure(parts, plugin, thrown),
  );
  watch.checkForRevoked(plugin);
  // It was ended meanwhile: its health concerns nobody any more.
  if (registry.get(plugin.manifest.id) !== live) return health;
  live.health ??= new HealthCourse(options);
  const { isRecorded, isChange, previous } = live.health.next(
    health,
    clock.elapsed(),
  );
  if (isRecorded || isChange) {
    events.emit({
      action: "plugin.health_check",
      plugin,
      health,
      previous,
      isRecorded,
      isChange,
    });
  }
  return health;
}

/** Who asks while a check runs gets its answer: a plugin is not asked twice at once. */
function check(parts: HealthParts, live: LivePlugin): Promise<Health> {
  return live.checking ??= ask(parts, live).finally(() => {
    live.checking = undefined;
  });
}

/** Checks the health of one plugin; throws `PLUGIN_NOT_LIVE` when it is not live. */
export async function checkHealth(
  parts: HealthParts,
  id: string,
): Promise<Health> {
  const live = parts.registry.get(id);
  if (live === undefined) throw notLive(id);
  return await check(parts, live);
}

/** Checks the health of every live plugin, side by side. */
export async function checkAllHealth(
  parts: HealthParts,
): Promise<ReadonlyMap<string, Health>> {
  const live = parts.registry.inOrder();
  const found = await Promise.all(live.map((one) => check(parts, one)));
  return new Map(
    live.map(({ plugin }, index) => [plugin.manifest.id, found[index]] as const)
      .filter((entry): entry is [string, Health] => entry[1] !== undefined),
  );
}

/** Options of `PluginHost.watchHealth`. */
export interface WatchHealthOptions {
  /** How long to wait between the end of one round and the next, in milliseconds. */
  readonly every: number;
  /**
   * Ends it.
   *
   * @default {undefined} it goes on until the host is disposed of
   */
  readonly signal?: AbortSignal;
}

/** Checks health again and again; a round begins an interval after the one before ended. */
export async function watchHealth(
  parts: HealthParts,
  every: number,
  signal: AbortSignal,
): Promise<void> {
  if (!(every >= 1 && every <= MAX_INTERVAL)) {
    throw new PluginError(`Cannot watch health: the interval is ${every}`, {
      code: "PLUGIN_OPTION_INVALID",
      remedy: `Give milliseconds, from 1 to ${MAX_INTERVAL}`,
    });
  }
  const { clock } = parts.settings;
  while (!signal.aborted) {
    await checkAllHealth(parts);
    await pause(clock, every, signal).catch(() => {});
  }
}
