/**
 * Asks plugins how they are.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { HostCore } from "./core.ts";
import { type Health, measureHealth } from "./health.ts";
import { HealthCourse } from "./health_course.ts";
import { problemsOf, remedyIn } from "./problems.ts";
import { type LivePlugin, notLive } from "./live_plugin.ts";

// What a timer of the engine can wait for.
const MAX_INTERVAL = 2_147_483_647;

/** Tells why a check failed, and what the plugin says about a remedy. */
function describeFailure(
  core: HostCore,
  plugin: ReadPlugin,
  thrown: unknown,
): string | undefined {
  const [problem] = problemsOf(core, plugin, thrown);
  if (problem === undefined) return undefined;
  const { message, remedy } = problem;
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return remedyIn(cause) === undefined ? message : `${message}. ${remedy}`;
}

async function ask(core: HostCore, live: LivePlugin): Promise<Health> {
  const { plugin, running, context } = live;
  const { id } = plugin.manifest;
  const health = await measureHealth(
    running.canCheckHealth ? () => running.checkHealth(context) : undefined,
    core.settings.clock,
    (text) => core.mask(text),
    (thrown) => describeFailure(core, plugin, thrown),
  );
  core.noticeRevocation(plugin);
  // It was ended meanwhile: how it was is nobody's concern any more.
  if (core.registry.get(id) !== live) return health;
  const { clock, health: options } = core.settings;
  live.health ??= new HealthCourse(options);
  const step = live.health.next(health, clock.elapsed());
  const { status, message, latencyMs } = health;
  if (step.isRecorded) {
    core.record(plugin, "plugin.health_check", {
      status,
      latency_ms: latencyMs,
      ...message === undefined ? {} : { message },
    }, status === "unhealthy" ? "warn" : "info");
  }
  if (step.isChange) {
    const { previous } = step;
    core.events.emit("healthchange", { id, health, previous });
  }
  return health;
}

/** Who asks while a check runs gets its answer: a plugin is not asked twice at once. */
function check(core: HostCore, live: LivePlugin): Promise<Health> {
  return live.checking ??= ask(core, live).finally(() => {
    live.checking = undefined;
  });
}

/**
 * Asks one plugin how it is.
 *
 * @param core The host.
 * @param id The plugin.
 * @returns What it says.
 * @throws {PluginError} `PLUGIN_NOT_LIVE` when the plugin is not live.
 */
export async function checkHealth(
  core: HostCore,
  id: string,
): Promise<Health> {
  const live = core.registry.get(id);
  if (live === undefined) throw notLive(id);
  return await check(core, live);
}

/**
 * Asks every live plugin how it is, side by side.
 *
 * @param core The host.
 * @returns What each says, in the order of the plan.
 */
export async function checkAllHealth(
  core: HostCore,
): Promise<ReadonlyMap<string, Health>> {
  const live = core.registry.inOrder();
  const found = await Promise.all(live.map((one) => check(core, one)));
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

/**
 * Asks every live plugin how it is, again and again. A round begins when the one
 * before is over and the interval has passed, so none overlaps another.
 *
 * @param core The host.
 * @param every The interval, in milliseconds.
 * @param signal Ends it.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when the interval is none.
 */
export async function watchHealth(
  core: HostCore,
  every: number,
  signal: AbortSignal,
): Promise<void> {
  if (!(every >= 1 && every <= MAX_INTERVAL)) {
    throw new PluginError(`Cannot watch health: the interval is ${every}`, {
      code: "PLUGIN_OPTION_INVALID",
      remedy: `Give milliseconds, from 1 to ${MAX_INTERVAL}`,
    });
  }
  while (!signal.aborted) {
    await checkAllHealth(core);
    await pause(core, every, signal);
  }
}

function pause(
  core: HostCore,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = core.settings.clock.after(milliseconds, done);
    function done(): void {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}
