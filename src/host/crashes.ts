/** Ends a plugin that left an error or rejection unhandled, with its dependents. */

import { PluginError, type Problem } from "../base/errors.ts";
import { describeThrown } from "../base/text.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Crash } from "../runners/runner.ts";
import { disposeInTurn, type DisposeParts } from "./dispose_plugins.ts";
import type { Parts } from "./host_parts.ts";
import { problemsOf } from "./problems.ts";

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
