/** Checks the health of live plugins. */

import { PluginError } from "../base/errors.ts";
import type { Health } from "../events/lifecycle_event.ts";
import { pause } from "../base/timing.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Parts } from "./host_parts.ts";
import {
  HealthHistory,
  type LivePlugin,
  measureHealth,
  notLive,
} from "./registry.ts";
import { problemsOf, remedyIn } from "./failures.ts";

/** The longest time of a timer of the engine. */
const MAX_INTERVAL = 2_147_483_647;

type HealthParts = Parts<
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
