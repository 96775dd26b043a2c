/**
 * What runs plugins. It is loaded when the first plugin is brought in.
 *
 * @module
 */

import { shareTimers } from "../clock.ts";
import { Attribution } from "../runners/attribution.ts";
import { InProcessRunner } from "../runners/in_process.ts";
import type { Engine, HostCore } from "./core.ts";
import { CrashGuard } from "./crash_guard.ts";
import { handleCrash } from "./handle_crash.ts";

/**
 * Makes what runs the plugins of a host.
 *
 * @param core The host.
 * @returns The engine.
 */
export async function createEngine(core: HostCore): Promise<Engine> {
  const { timeouts, clock, importModule, containCrashes } = core.settings;
  const attribution = await Attribution.create();
  const guard = containCrashes
    ? await CrashGuard.create(
      attribution,
      (crash) => handleCrash(core, crash),
    )
    : undefined;
  return Object.freeze({
    attribution,
    guard,
    runner: new InProcessRunner({
      timeouts,
      clock: shareTimers(clock),
      attribution,
      importModule,
    }),
  });
}
