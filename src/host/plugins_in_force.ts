/**
 * Decides which manifests are in force, when files changed while the host runs.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type { FoundPlugin, ReadPlugin } from "../manifest/manifest.ts";
import {
  findChange,
  importedManifest,
  restartRequired,
} from "./imported_code.ts";
import type { HostCore } from "./core.ts";

/** A plugin of a source, as it counts in this process. */
export interface PlacedPlugin {
  /** The plugin that is live, or else the result of reading its source. */
  readonly found: FoundPlugin;
  /** The place of that source among the host's. */
  readonly sourceIndex: number;
  /** Set when it is live. */
  readonly isLive?: boolean;
  /** Why its code cannot be brought in by this process, when that is so. */
  readonly stale?: Problem | undefined;
}

function isSameCode(one: ReadPlugin, other: ReadPlugin): boolean {
  return one.code.kind === "object"
    ? other.code.kind === "object" && one.code.plugin === other.code.plugin
    : other.code.kind === "module" &&
      one.code.specifier === other.code.specifier;
}

function asImported(placed: PlacedPlugin): PlacedPlugin {
  const { found } = placed;
  if (!found.ok || found.code.kind === "object") return placed;
  const { id } = found.manifest;
  const change = findChange(found.code);
  if (change === undefined) return placed;
  const known = importedManifest(found.code);
  // Never under its new version: that is not what this process has.
  const manifest = known?.id === id ? known : found.manifest;
  return {
    ...placed,
    found: { ...found, manifest },
    stale: restartRequired(id, change),
  };
}

/**
 * Puts in the place of what the sources hold now what is in force: a live
 * plugin as it was read when it was brought in, whatever became of its files,
 * and one whose code was imported before it changed under its old manifest.
 *
 * @param core The host.
 * @param placed What the sources hold now.
 * @returns What is in force.
 */
export function pluginsInForce(
  { registry }: HostCore,
  placed: readonly PlacedPlugin[],
): readonly PlacedPlugin[] {
  const live = new Map(
    registry.inOrder().map(({ plugin }) => [plugin.manifest.id, plugin]),
  );
  const current = placed.map((one): PlacedPlugin => {
    const { found } = one;
    const same = found.ok ? live.get(found.manifest.id) : undefined;
    if (!found.ok || same === undefined || !isSameCode(same, found)) {
      return asImported(one);
    }
    live.delete(found.manifest.id);
    return { ...one, found: same, isLive: true };
  });
  const gone = [...live.values()].map((found): PlacedPlugin => ({
    found,
    sourceIndex: placed.length,
    isLive: true,
  }));
  return [...current, ...gone];
}
