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

/** Makes the error for an audit log that cannot be used. */
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

/** Makes that error out of what an operation on a file threw. */
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

/** Returns `true` for a symbolic link. */
export function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Takes the name off a path. */
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

/** The size at which a log begins a new file, and how many it keeps. */
export interface AuditRotation {
  /** The size in bytes that a file does not exceed, but for one event that is longer. */
  readonly maxBytes: number;
  /** How many files are kept, the one written to among them; at least 2. */
  readonly maxFiles: number;
}

/** The path of a rotated file. */
export function rotatedPath(path: string, index: number): string {
  return index === 0 ? path : `${path}.${index}`;
}

/** Returns `true` for anything at a path, also a link that leads nowhere. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Makes room for a new file: each file takes the place of the one before it,
 * and the oldest is overwritten where there are too many.
 *
 * A crash in between leaves a gap and loses nothing; the next call closes it.
 */
export function rotateFiles(path: string, maxFiles: number): void {
  let free = 1;
  while (free < maxFiles - 1 && exists(rotatedPath(path, free))) free++;
  for (let index = free; index > 0; index--) {
    Deno.renameSync(rotatedPath(path, index - 1), rotatedPath(path, index));
  }
}

/**
 * Tells that a file is the newest rotated one, if the process may see that.
 * Another program that rotates a log as this one does loses nothing.
 */
export function isRotatedTo(path: string, inode: number | null): boolean {
  const rotated = rotatedPath(path, 1);
  try {
    return inode !== null && mayRead(rotated) &&
      Deno.statSync(rotated).ino === inode;
  } catch {
    return false;
  }
}

function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/** Asking first: touching a file that was never granted would ask a person. */
function mayRemove(path: string): boolean {
  return (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, path }).state === "granted"
  );
}

/**
 * Removes the files that are too many. There are such only where a larger
 * number was kept before, and a log does not name them among its files: those
 * that the process may not remove stay.
 */
export function removeSurplusFiles(path: string, maxFiles: number): void {
  for (let index = maxFiles;; index++) {
    const surplus = rotatedPath(path, index);
    try {
      if (!mayRemove(surplus) || !exists(surplus)) return;
      Deno.removeSync(surplus);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) return;
      throw error;
    }
  }
}
