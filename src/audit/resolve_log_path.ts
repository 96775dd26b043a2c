/**
 * The real path of a log, and the places where no log may be.
 *
 * @module
 */

import { quote } from "../base/text.ts";
import { unavailable } from "./unavailable.ts";

/** Returns `true` for a symbolic link. */
export function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

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
 * Refuses a symbolic link in the place of a file: whoever can write the link
 * chooses which file is appended to, and made readable by this user alone.
 */
export function refuseLink(path: string): never {
  throw unavailable(
    "open",
    path,
    "it is a symbolic link",
    "Name the file that it leads to",
  );
}

/**
 * Makes the file of a log if there is none, and follows the links to its
 * directory.
 *
 * It is made first because a file that is there can be followed with the
 * permission for that file alone.
 *
 * @param path The path as it was given.
 * @param mode The mode of a new file.
 * @returns The real path, and whether the file was made.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when the path is a symbolic link.
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
  if (isLink(path)) refuseLink(path);
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
