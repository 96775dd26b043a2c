/**
 * The host's side of calls under a lease: what such a call throws, and what it
 * leaves behind.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Attribution } from "../runners/in_process/attribution.ts";
import { PluginError } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { describeThrown } from "../base/text.ts";
import type { Engine, HostCore } from "./core.ts";
import type { LeaseWatch } from "./live_plugin.ts";
import { problemsOf } from "./problems.ts";

// To follow a call costs more than a call itself. That many in that time, in
// milliseconds, cost less than a thousandth of the time.
const FOLLOWED = 1_000;
const PERIOD = 1_000;

// The clock is asked again after so many calls that are not followed.
const SKIPPED = 64;

/** Follows calls under a lease, as many as are cheap. */
class FollowedCalls implements LeaseWatch {
  readonly onFailure: (thrown: unknown) => void;
  readonly #id: string;
  readonly #attribution: Attribution;
  readonly #clock: Clock;
  #left = FOLLOWED;
  #began: number;

  constructor(
    id: string,
    attribution: Attribution,
    clock: Clock,
    onFailure: (thrown: unknown) => void,
  ) {
    this.#id = id;
    this.#attribution = attribution;
    this.#clock = clock;
    this.#began = clock.elapsed();
    this.onFailure = onFailure;
  }

  skip(): number {
    if (this.#left === 0 && !this.#mayGoOn()) return SKIPPED;
    this.#left--;
    return 0;
  }

  follow<Args extends unknown[], Result>(
    callback: (...args: Args) => Result,
    ...args: Args
  ): Result {
    return this.#attribution.lease(this.#id, callback, ...args);
  }

  #mayGoOn(): boolean {
    const now = this.#clock.elapsed();
    if (now - this.#began < PERIOD) return false;
    this.#began = now;
    this.#left = FOLLOWED;
    return true;
  }
}

function recordFailure(
  core: HostCore,
  plugin: ReadPlugin,
  thrown: unknown,
): void {
  const { id } = plugin.manifest;
  const failure = new PluginError(
    `Cannot use plugin "${id}": a call threw ${describeThrown(thrown)}`,
    {
      code: "PLUGIN_CALL_FAILED",
      pluginId: id,
      remedy: "See what the call threw; the caller got it unchanged",
      cause: thrown,
    },
  );
  const problems = problemsOf(core, plugin, failure);
  const [first] = problems;
  core.record(plugin, "plugin.call.failed", {
    code: first?.code,
    error: first?.message,
    problems,
  }, "warn");
}

/**
 * Makes the host's side of the calls under a lease of one plugin.
 *
 * @param core The host.
 * @param engine What runs the plugin.
 * @param plugin The plugin.
 * @returns The host's side.
 */
export function watchLeases(
  core: HostCore,
  { attribution }: Engine,
  plugin: ReadPlugin,
): LeaseWatch {
  return new FollowedCalls(
    plugin.manifest.id,
    attribution,
    core.settings.clock,
    (thrown) => recordFailure(core, plugin, thrown),
  );
}
