/** Checks the health of plugins, and decides which checks are recorded. */

import type { Clock } from "../base/clock.ts";
import { PluginError } from "../base/errors.ts";
import {
  type Health,
  HEALTH_STATUSES,
  type HealthStatus,
} from "../base/health.ts";
import { describeThrown, onOneLine } from "../base/text.ts";
import { pause } from "../base/time_limit.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Parts } from "./host_parts.ts";
import { type LivePlugin, notLive } from "./live_plugin.ts";
import { problemsOf, remedyIn } from "./problems.ts";

/** Options of the health checks of a host. */
export interface HealthOptions {
  /**
   * Number of checks in a row that must differ from the status in force before
   * the change is recorded and emitted as `healthchange`.
   *
   * @default {1}
   */
  readonly threshold?: number;
  /**
   * Interval after which an unchanged status is recorded again, in
   * milliseconds; 0 records every check.
   *
   * @default {Infinity} a check is recorded only when the status changes
   */
  readonly recordEvery?: number;
}

/** Options of `PluginHost.watchHealth`. */
export interface WatchHealthOptions {
  /** The pause between two rounds of checks, in milliseconds. */
  readonly every: number;
  /**
   * Ends the checks when it is aborted.
   *
   * @default {undefined} the checks go on until the host is disposed
   */
  readonly signal?: AbortSignal;
}

/** The longest time of a timer of the engine. */
const MAX_INTERVAL = 2_147_483_647;

const MAX_MESSAGE = 500;

type HealthParts = Parts<
  "settings" | "registry" | "events" | "lives" | "watch" | "mask"
>;

/** The health checks of one plugin, from the first one on. */
export class HealthHistory {
  readonly #options: Required<HealthOptions>;
  #inForce: Health | undefined;
  #deviating = 0;
  #recordedAt = 0;

  constructor(options: Required<HealthOptions>) {
    this.#options = options;
  }

  /** Adds a check. The first one is always a change. */
  add(health: Health, now: number) {
    const { threshold, recordEvery } = this.#options;
    const previous = this.#inForce;
    const isSame = previous?.status === health.status;
    this.#deviating = isSame ? 0 : this.#deviating + 1;
    const isChange = !isSame &&
      (previous === undefined || this.#deviating >= threshold);
    const isDue = isSame && now - this.#recordedAt >= recordEvery;
    if (isChange) this.#deviating = 0;
    if (isChange || isSame) this.#inForce = health;
    if (isChange || isDue) this.#recordedAt = now;
    return { isChange, isRecorded: isChange || isDue, previous };
  }
}

type Result = Readonly<{ status: HealthStatus; message?: unknown }>;

/**
 * Reads the result of a `healthCheck`: a boolean, an object with a `status`, or
 * nothing, which means healthy.
 */
function readHealth(value: unknown): Result {
  if (value === true || value === undefined) return { status: "healthy" };
  if (value === false) return { status: "unhealthy" };
  const isObject = typeof value === "object" && value !== null;
  try {
    const found: unknown = isObject ? Reflect.get(value, "status") : undefined;
    const status = HEALTH_STATUSES.find((one) => one === found);
    if (isObject && status !== undefined) {
      return { status, message: Reflect.get(value, "message") };
    }
  } catch (thrown) {
    return { status: "unknown", message: describeThrown(thrown) };
  }
  return {
    status: "unknown",
    message: `its healthCheck returned an unknown ${
      isObject ? "status" : "value"
    }`,
  };
}

/** Runs and times a check. An error of the check means unhealthy. */
async function measureHealth(
  check: (() => Promise<unknown>) | undefined,
  clock: Clock,
  mask: (text: string) => string,
  explain: (thrown: unknown) => string | undefined,
): Promise<Health> {
  const checkedAt = new Date(clock.now()).toISOString();
  const began = clock.elapsed();
  const { status, message }: Result = check === undefined
    ? { status: "unknown", message: "it has no healthCheck" }
    : await check().then(
      readHealth,
      (thrown) => ({ status: "unhealthy", message: explain(thrown) }),
    );
  const latencyMs = Math.max(0, clock.elapsed() - began);
  return Object.freeze({
    status,
    ...typeof message === "string" && message !== ""
      ? { message: mask(onOneLine(message, MAX_MESSAGE)) }
      : {},
    latencyMs,
    checkedAt,
  });
}

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

async function runCheck(parts: HealthParts, live: LivePlugin): Promise<Health> {
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
  // The plugin was disposed meanwhile.
  if (registry.get(plugin.manifest.id) !== live) return health;
  live.health ??= new HealthHistory(options);
  const { isRecorded, isChange, previous } = live.health.add(
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

/** Joins the check that is running, if there is one. */
function check(parts: HealthParts, live: LivePlugin): Promise<Health> {
  return live.checking ??= runCheck(parts, live).finally(() => {
    live.checking = undefined;
  });
}

/** Checks the health of one plugin. Throws `PLUGIN_NOT_LIVE` if it is not live. */
export async function checkHealth(
  parts: HealthParts,
  id: string,
): Promise<Health> {
  const live = parts.registry.get(id);
  if (live === undefined) throw notLive(id);
  return await check(parts, live);
}

/** Checks the health of every live plugin concurrently. */
export async function checkAllHealth(
  parts: HealthParts,
): Promise<ReadonlyMap<string, Health>> {
  return new Map(
    await Promise.all(
      parts.registry.inOrder().map(async (live) =>
        [live.plugin.manifest.id, await check(parts, live)] as const
      ),
    ),
  );
}

/** Checks health repeatedly, with a pause after each round. */
export async function watchHealth(
  parts: HealthParts,
  every: number,
  signal: AbortSignal,
): Promise<void> {
  if (!(every >= 1 && every <= MAX_INTERVAL)) {
    throw new PluginError(`Cannot watch health: the interval is ${every}`, {
      code: "PLUGIN_OPTION_INVALID",
      remedy: `Pass milliseconds from 1 to ${MAX_INTERVAL}`,
    });
  }
  const { clock } = parts.settings;
  while (!signal.aborted) {
    await checkAllHealth(parts);
    await pause(clock, every, signal).catch(() => {});
  }
}
