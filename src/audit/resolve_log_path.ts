/**
 * Where a log really is, and whether it may be there.
 *
 * @module
 */

import { quote } from "../text.ts";
import { unavailable } from "./unavailable.ts";

/**
 * Takes the name off a path.
 *
 * @param path The path of a file.
 * @returns Its directory with the separator; empty if it names none.
 */
export function directoryOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return path.slice(0, end + 1);
}

/**
 * Makes the file of a log where there is none, and follows all links to it.
 *
 * It is made first because a file that is there can be followed with the
 * permission for that file alone.
 *
 * @param path The path as it was given.
 * @param mode Who may read and write it.
 * @returns The real path, and whether the file was made.
 */
export function resolveLogPath(
  path: string,
  mode: number,
): { readonly path: string; readonly made: boolean } {
  let made = false;
  try {
    Deno.openSync(path, { createNew: true, write: true, mode }).close();
    made = true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  return { path: Deno.realPathSync(path), made };
}

function isInside(path: string, directory: string): boolean {
  const prefix = /[\\/]$/.test(directory) ? directory : `${directory}/`;
  return path.startsWith(prefix) ||
    path.startsWith(prefix.replaceAll("/", "\\"));
}

/**
 * Refuses a log in the directory of a plugin: a plugin's code is what it keeps
 * record of, and an update of the plugin would take it away.
 *
 * @param path The real path of the log.
 * @param directories The directories of plugins.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it is in one of them.
 */
export function refuseInside(
  path: string,
  directories: readonly string[],
): void {
  for (const directory of directories) {
    if (!isInside(path, realDirectory(directory))) continue;
    throw unavailable(
      "use",
      path,
      `it is in the directory ${quote(directory)} of a plugin`,
      "Keep the audit log outside of every plugin's directory",
    );
  }
}

function realDirectory(directory: string): string {
  try {
    return Deno.realPathSync(directory);
  } catch (error) {
    // A directory that is not there holds no log.
    if (error instanceof Deno.errors.NotFound) return directory;
    throw error;
  }
}
