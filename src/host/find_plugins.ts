/**
 * Finds every plugin of a host. Reads manifests, runs no plugin code.
 *
 * @module
 */

import type { FoundPlugin } from "../manifest/found_plugin.ts";
import { denoSourcePowers, type SourcePowers } from "../manifest/powers.ts";
import { readBuiltin, readSource } from "../manifest/read_source.ts";
import { withTimeLimit } from "../runners/time_limit.ts";
import type { HostSettings } from "./settings.ts";

/** A plugin that was found, and the place of its source. */
export interface PlacedPlugin {
  /** What reading its source gave. */
  readonly found: FoundPlugin;
  /** The place of that source among the host's. */
  readonly sourceIndex: number;
}

/** A manifest on a server, which may never answer. */
async function importInTime(
  { timeouts, clock }: HostSettings,
  specifier: string,
): Promise<unknown> {
  const limited = await withTimeLimit(
    denoSourcePowers.importJson(specifier),
    timeouts.load,
    clock,
  );
  if (limited.kind === "settled") return limited.value;
  limited.eventually.catch(() => {});
  throw new Error(`It did not answer within ${timeouts.load} ms`);
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
  const powers: SourcePowers = {
    ...denoSourcePowers,
    importJson: (specifier) => importInTime(settings, specifier),
    ...hasBroker ? { isGranted: () => true } : {},
  };
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
