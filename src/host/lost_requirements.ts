/**
 * What a plugin requires and crashed.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import type { HostCore } from "./core.ts";

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
export function lostRequirement(id: string, lost: string): Problem {
  return Object.freeze({
    code: "PLUGIN_DEPENDENCY_FAILED",
    message: `Cannot load plugin "${id}": it requires "${lost}", which crashed`,
    remedy: `Mend plugin "${lost}" first`,
  });
}
