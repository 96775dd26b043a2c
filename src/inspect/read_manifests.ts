/** Reads the manifests of builtins and sources. */

import { withTimeLimit } from "../base/timing.ts";
import type { FoundPlugin } from "../manifest/manifest.ts";
import { readBuiltin, readSource } from "../manifest/read_source.ts";
import {
  denoSourceSystem,
  importJson,
  type SourceSystem,
} from "../manifest/source_system.ts";
import type { Reading } from "./concerned_plugins.ts";
import type { PlacedPlugin } from "./plugins_in_force.ts";
import type { InspectionSettings } from "./settings.ts";

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
