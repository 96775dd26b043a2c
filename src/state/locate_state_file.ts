/**
 * Where a state file really is.
 *
 * @module
 */

import { type StatePaths, toStatePaths } from "./state_paths.ts";
import type { StatePowers } from "./state_powers.ts";

async function isLink(path: string, powers: StatePowers): Promise<boolean> {
  try {
    return (await powers.lstat(path)).isSymlink;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

/**
 * Follows a link: renaming onto it would replace the link, and the writers
 * that come by another link would lock another file.
 *
 * @param path The path as it was given.
 * @param powers The file system.
 * @returns The paths of the file that it leads to.
 * @throws What the file system threw: `NotFound` for a link that leads nowhere.
 */
export async function locateStateFile(
  path: string,
  powers: StatePowers,
): Promise<StatePaths> {
  const target = await isLink(path, powers)
    ? await powers.realPath(path)
    : path;
  return toStatePaths(path, target);
}
