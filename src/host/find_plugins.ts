/**
 * Finds every plugin of a host. Reads manifests, runs no plugin code.
 *
 * @module
 */

import type { FoundPlugin } from "../manifest/found_plugin.ts";
import { denoSourcePowers, type SourcePowers } from "../manifest/powers.ts";
import { readBuiltin, readSource } from "../manifest/read_source.ts";
import type { HostSettings } from "./settings.ts";

/** A plugin that was found, and the place of its source. */
export interface PlacedPlugin {
  /** What reading its source gave. */
  readonly found: FoundPlugin;
  /** The place of that source among the host's. */
  readonly sourceIndex: number;
}

/**
 * Reads every source.
 *
 * @param settings The host's options.
 * @param hasBroker Whether a permission broker decides, so that what may be read is not to be known.
 * @returns The plugins: builtins first, then in the order of the sources.
 */
export async function findPlugins(
  settings: HostSettings,
  hasBroker: boolean,
): Promise<readonly PlacedPlugin[]> {
  const { builtins, sources, workingDirectory } = settings;
  const powers: SourcePowers = hasBroker
    ? { ...denoSourcePowers, isGranted: () => Promise.resolve(true) }
    : denoSourcePowers;
  const [handedOver, read] = await Promise.all([
    Promise.all(builtins.map(readBuiltin)),
    Promise.all(
      sources.map((source) => readSource(source, workingDirectory, powers)),
    ),
  ]);
  return [
    ...handedOver.map((found, sourceIndex) => ({ found, sourceIndex })),
    ...read.flatMap((plugins, index) =>
      plugins.map((found) => ({
        found,
        sourceIndex: builtins.length + index,
      }))
    ),
  ];
}
