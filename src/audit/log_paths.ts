/** Paths of a log, the files that rotation keeps, and errors about them. */

import { PluginError } from "../base/errors.ts";
import { describeThrown, quote } from "../base/text.ts";

function remedyFor(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotCapable) {
    return `Start with --allow-read and --allow-write for ${
      quote(path)
    }, its ".lock" file and the files it is rotated to`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "Let the user that runs this process read and write the file and its directory";
  }
  if (error instanceof Deno.errors.NotFound) {
    return "Create the directory of the file, or name another file";
  }
  if (error instanceof Deno.errors.IsADirectory) {
    return "Name a file in it, not the directory";
  }
  return "Name a file on a disk that can be written";
}

/** Creates the error for an audit log that cannot be used. */
export function unavailable(
  action: string,
  path: string,
  problem: string,
  remedy: string,
  cause?: unknown,
): PluginError {
  return new PluginError(
    `Cannot ${action} audit log ${quote(path)}: ${problem}`,
    {
      code: "PLUGIN_AUDIT_UNAVAILABLE",
      remedy,
      ...(cause !== undefined && { cause }),
    },
  );
}

/** Turns an error of the file system into that error. */
export function asUnavailable(
  action: string,
  path: string,
  thrown: unknown,
): PluginError {
  if (thrown instanceof PluginError) return thrown;
  return unavailable(
    action,
    path,
    describeThrown(thrown),
    remedyFor(thrown, path),
    thrown,
  );
}

/** Runs an operation; returns `undefined` if its file does not exist. */
export function ifFound<Result>(operation: () => Result): Result | undefined {
  try {
    return operation();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Returns `true` for a symbolic link. */
export function isLink(path: string): boolean {
  return ifFound(() => Deno.lstatSync(path))?.isSymlink === true;
}

/** Returns the directory of a path with its separator; empty if it has none. */
export function directoryOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return path.slice(0, end + 1);
}

/** Refuses a symbolic link: its author would choose the file that is changed. */
export function refuseLink(path: string): never {
  throw unavailable(
    "open",
    path,
    "it is a symbolic link",
    "Name the file that it leads to",
  );
}

/**
 * Creates the file of a log if it does not exist, and resolves links in its
 * directory. Only the path of an existing file can be resolved with the
 * permission for that file alone.
 */
export function resolveLogPath(
  path: string,
  mode: number,
): { readonly path: string; readonly isNew: boolean } {
  let isNew = false;
  try {
    Deno.openSync(path, { createNew: true, write: true, mode }).close();
    isNew = true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  if (isLink(path)) refuseLink(path);
  return { path: Deno.realPathSync(path), isNew };
}

function isInside(path: string, directory: string): boolean {
  const prefix = /[\\/]$/.test(directory) ? directory : `${directory}/`;
  return path.startsWith(prefix) ||
    path.startsWith(prefix.replaceAll("/", "\\"));
}

/** Refuses a log in the directory of a plugin, where an update would remove it. */
export function refuseInside(
  path: string,
  directories: readonly string[],
): void {
  for (const directory of directories) {
    // A directory that does not exist holds no log.
    const real = ifFound(() => Deno.realPathSync(directory)) ?? directory;
    if (!isInside(path, real)) continue;
    throw unavailable(
      "use",
      path,
      `it is in the directory ${quote(directory)} of a plugin`,
      "Keep the audit log outside every plugin's directory",
    );
  }
}

/** Limits of a log that is rotated. */
export interface AuditRotation {
  /** The maximum size of a file in bytes; a single longer event may exceed it. */
  readonly maxBytes: number;
  /** The number of files to keep, the current one included; at least 2. */
  readonly maxFiles: number;
}

/** Returns the path of a file that was rotated `index` times. */
export function rotatedPath(path: string, index: number): string {
  return index === 0 ? path : `${path}.${index}`;
}

/** Returns `true` for anything at a path, a broken link included. */
export function exists(path: string): boolean {
  return ifFound(() => Deno.lstatSync(path)) !== undefined;
}

/**
 * Renames each file to the next number, and overwrites the oldest if there are
 * too many. A crash in between loses nothing: the next call closes the gap.
 */
export function rotateFiles(path: string, maxFiles: number): void {
  let free = 1;
  while (free < maxFiles - 1 && exists(rotatedPath(path, free))) free++;
  for (let index = free; index > 0; index--) {
    Deno.renameSync(rotatedPath(path, index - 1), rotatedPath(path, index));
  }
}

/** Returns `true` if another program rotated a file as this package does. */
export function isRotatedTo(path: string, inode: number | null): boolean {
  const rotated = rotatedPath(path, 1);
  try {
    return inode !== null && isGranted("read", rotated) &&
      Deno.statSync(rotated).ino === inode;
  } catch {
    return false;
  }
}

// Asked first: using a file without permission would prompt a person.
function isGranted(name: "read" | "write", path: string): boolean {
  return Deno.permissions.querySync({ name, path }).state === "granted";
}

/** Removes files left from a larger limit, as far as the process may. */
export function removeSurplusFiles(path: string, maxFiles: number): void {
  for (let index = maxFiles;; index++) {
    const surplus = rotatedPath(path, index);
    try {
      if (!isGranted("read", surplus) || !isGranted("write", surplus)) return;
      if (!exists(surplus)) return;
      Deno.removeSync(surplus);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) return;
      throw error;
    }
  }
}
