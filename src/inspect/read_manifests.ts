/** Reads the manifests, and finds which plugins they are of. */

import type { Problem } from "../base/errors.ts";
import { withTimeLimit } from "../base/timing.ts";
import {
  type FoundPlugin,
  inferIdFromSource,
  type ReadPlugin,
  type UnreadablePlugin,
} from "../manifest/manifest.ts";
import { readBuiltin, readSource } from "../manifest/read_source.ts";
import {
  denoSourceSystem,
  importJson,
  type SourceSystem,
} from "../manifest/source_system.ts";
import type { KeptId } from "../policy/checks.ts";
import type { Runner } from "../runners/runner.ts";
import type { InspectionSettings, Reading } from "./inspection.ts";

/** A plugin of a source, as it applies in this process. */
export interface PlacedPlugin {
  /** The live plugin, or else the result of reading its source. */
  readonly found: FoundPlugin;
  /** The place of its source among the host's. */
  readonly sourceIndex: number;
  readonly isLive?: boolean;
  /** The reason why this process cannot import its code any more. */
  readonly stale?: Problem | undefined;
}

function isSameCode(one: ReadPlugin, other: ReadPlugin): boolean {
  return one.code.kind === "object"
    ? other.code.kind === "object" && one.code.plugin === other.code.plugin
    : other.code.kind === "module" &&
      one.code.specifier === other.code.specifier;
}

function asImported(
  placed: PlacedPlugin,
  importedAs: Runner["importedAs"],
): PlacedPlugin {
  const { found } = placed;
  const imported = found.ok ? importedAs(found) : undefined;
  if (!found.ok || imported === undefined) return placed;
  const { manifest, stale } = imported;
  return { ...placed, found: { ...found, manifest }, stale };
}

/**
 * Replaces plugins by those in force: a live plugin keeps its manifest, and so does
 * one whose code was imported.
 */
export function pluginsInForce(
  placed: readonly PlacedPlugin[],
  live: readonly ReadPlugin[],
  importedAs: Runner["importedAs"],
): readonly PlacedPlugin[] {
  const rest = new Map(live.map((plugin) => [plugin.manifest.id, plugin]));
  const current = placed.map((one): PlacedPlugin => {
    const { found } = one;
    const same = found.ok ? rest.get(found.manifest.id) : undefined;
    if (!found.ok || same === undefined || !isSameCode(same, found)) {
      return asImported(one, importedAs);
    }
    rest.delete(found.manifest.id);
    return { ...one, found: same, isLive: true };
  });
  const gone = [...rest.values()].map((found): PlacedPlugin => ({
    found,
    sourceIndex: placed.length,
    isLive: true,
  }));
  return [...current, ...gone];
}

/** The ids that were seen in the sources of a host, by place and source. */
export class SeenIds {
  readonly #ids = new Map<number, Map<string, string>>();

  /** Remembers the ids of all readable manifests. */
  see(
    placed: readonly {
      readonly found: FoundPlugin;
      readonly sourceIndex: number;
    }[],
  ): void {
    for (const { found, sourceIndex } of placed) {
      if (!found.ok) continue;
      const ids = this.#ids.get(sourceIndex) ?? new Map<string, string>();
      this.#ids.set(sourceIndex, ids.set(found.source, found.manifest.id));
    }
  }

  /** Returns the seen ids of an unreadable plugin, or of all plugins in a source. */
  #of(sourceIndex: number, source: string): readonly string[] {
    const ids = this.#ids.get(sourceIndex);
    const own = ids?.get(source);
    if (own !== undefined) return [own];
    const whole = source.replace(/[\\/]+$/, "");
    return [...ids ?? []]
      .filter(([one]) =>
        one.startsWith(whole) && /^[\\/]/.test(one.slice(whole.length))
      )
      .map(([, id]) => id);
  }

  /**
   * Returns the ids that a plugin with an invalid manifest keeps: the one it had
   * and the one it names, or else the name of its directory.
   */
  keptBy(
    { id, inferredId, origin, source }: UnreadablePlugin,
    sourceIndex: number,
    workingDirectory: string,
  ): readonly KeptId[] {
    const inferred = origin === "external"
      ? inferIdFromSource(source, workingDirectory)
      : undefined;
    const known = new Set(this.#of(sourceIndex, source));
    const named = id ?? inferredId;
    if (named !== undefined) known.add(named);
    if (known.size === 0 && inferred !== undefined) known.add(inferred);
    return [...known].map((one) => ({
      id: one,
      namedAfterId: one === inferred,
    }));
  }
}

/** Imports a manifest from a server, which may never respond. */
async function importInTime(
  { timeouts, clock, importModule }: InspectionSettings,
  specifier: string,
): Promise<unknown> {
  const limited = await withTimeLimit(
    importJson(specifier, importModule),
    timeouts.load,
    clock,
  );
  if (limited.kind === "settled") return limited.value;
  limited.eventually.catch(() => {});
  throw new Error(`It did not respond within ${timeouts.load} ms`);
}

/** Reads every manifest except those that are known, by source. */
export async function readManifests(
  settings: InspectionSettings,
  hasBroker: boolean,
  known: readonly ReadonlyMap<string, FoundPlugin>[] = [],
): Promise<Reading> {
  const { builtins, sources, workingDirectory, importModule, remoteRemedy } =
    settings;
  const system: SourceSystem = {
    ...denoSourceSystem,
    importJson: (specifier) => importInTime(settings, specifier),
    remoteRemedy: importModule === undefined ? remoteRemedy : undefined,
    ...hasBroker ? { permissionState: () => "unknown" } : {},
  };
  const [handedOver, read] = await Promise.all([
    Promise.all(builtins.map(readBuiltin)),
    Promise.all(
      sources.map((source, index) =>
        readSource(source, workingDirectory, system, known[index])
      ),
    ),
  ]);
  return { builtins: handedOver, sources: read };
}

/** Puts plugins in the order in which they claim ids: builtins first. */
export function inPlace(
  { builtins, sources }: Reading,
): readonly PlacedPlugin[] {
  return [
    ...builtins.map((found, sourceIndex) => ({ found, sourceIndex })),
    ...sources.flatMap((plugins, index) =>
      plugins.map((found) => ({
        found,
        sourceIndex: builtins.length + index,
      }))
    ),
  ];
}
