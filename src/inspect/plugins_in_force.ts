/** Decides which manifests apply when files change while the host runs. */

import type { Problem } from "../base/errors.ts";
import type { FoundPlugin, ReadPlugin } from "../manifest/manifest.ts";
import type { Runner } from "../runners/runner.ts";

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
