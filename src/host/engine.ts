/**
 * What runs plugins, and what happens when one left something unhandled. It is
 * loaded when the first plugin is brought in.
 *
 * @module
 */

import { PluginError, type Problem } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { Attribution } from "../runners/in_process/attribution.ts";
import { InProcessRunner } from "../runners/in_process/in_process_runner.ts";
import { describeThrown } from "../base/text.ts";
import type { Engine, HostCore } from "./core.ts";
import { type Crash, CrashGuard } from "../runners/in_process/crash_guard.ts";
import { disposeInTurn } from "./dispose_plugins.ts";
import { timeoutsOf } from "./timeouts.ts";
import { problemsOf } from "./problems.ts";

/**
 * Says what a plugin requires that was live and is not any more.
 *
 * @param core The host.
 * @param plugin The plugin; what it requires was brought to life before.
 * @returns A problem for each; nothing where all of it is still live.
 */
export function lostRequirements(
  core: HostCore,
  { manifest }: ReadPlugin,
): readonly Problem[] {
  return manifest.requires
    .filter(({ id, optional }) =>
      optional !== true && core.registry.get(id) === undefined
    )
    .map(({ id }) => lostRequirement(manifest.id, id));
}

/**
 * Says that a plugin lost one that it requires.
 *
 * @param id The plugin.
 * @param lost The one that crashed.
 * @returns The problem.
 */
function lostRequirement(id: string, lost: string): Problem {
  return Object.freeze({
    code: "PLUGIN_DEPENDENCY_FAILED",
    message: `Cannot load plugin "${id}": it requires "${lost}", which crashed`,
    remedy: `Mend plugin "${lost}" first`,
  });
}

// Plugins that are not ended may go on like that, a thousand times a second.
const UNCLEAR_EVERY = 60_000;

function recordUnclear(
  core: HostCore,
  { kind, reason }: Crash,
  ids: readonly string[],
): void {
  const key = `${kind} ${ids.join(" ")}`;
  const now = core.settings.clock.elapsed();
  const before = core.unclear.get(key);
  if (before !== undefined && now - before.recorded < UNCLEAR_EVERY) {
    before.repeated++;
    return;
  }
  core.unclear.set(key, { recorded: now, repeated: 0 });
  core.recordHost("plugin.crash.unclear", {
    kind,
    ids,
    error: core.mask(describeThrown(reason)),
    repeated: before?.repeated ?? 0,
  }, "error");
}

/**
 * Takes a plugin that crashed out of use, with what requires it, and disposes
 * of it. One that is being brought to life fails when it is done.
 *
 * @param core The host.
 * @param crash What was left unhandled.
 */
function handleCrash(core: HostCore, crash: Crash): void {
  const { verdict, kind, reason } = crash;
  if (verdict.kind === "unclear") {
    recordUnclear(core, crash, verdict.ids);
    return;
  }
  const { id } = verdict;
  const live = core.registry.get(id);
  const plugin = live?.plugin ?? core.opened.get(id);
  if (plugin === undefined) return;
  // What it left running may go on for ever, and once is enough in the trail.
  if (live === undefined && core.crashes.has(id)) return;
  const problems = problemsOf(
    core,
    plugin,
    new PluginError(
      `Cannot go on with plugin "${id}": it left ${
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
  core.record(plugin, "plugin.crashed", { kind, problems }, "error");
  core.crashes.set(id, problems);
  if (live === undefined) return;
  const dependents = core.registry.dependentsOf(id);
  for (const { plugin } of dependents) {
    const { id: dependent } = plugin.manifest;
    core.crashes.set(dependent, [lostRequirement(dependent, id)]);
  }
  const ended = disposeInTurn(
    core,
    [...dependents, live],
    {
      status: "failed",
      reasons: (one) => core.crashes.get(one.plugin.manifest.id) ?? [],
    },
  );
  core.endings.set(
    ended,
    [...dependents, live].map(({ plugin }) => plugin.manifest.id),
  );
  const forget = () => core.endings.delete(ended);
  ended.then(forget, forget);
}

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
    ? await CrashGuard.create({
      attribution,
      onCrash: (crash) => handleCrash(core, crash),
      wasLeased: (id) => core.registry.get(id)?.wasLeased ?? false,
    })
    : undefined;
  return Object.freeze({
    attribution,
    guard,
    runner: new InProcessRunner({
      timeoutsOf: (id) => timeoutsOf(timeouts, id),
      clock,
      attribution,
      importModule,
    }),
  });
}
