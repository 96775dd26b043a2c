/**
 * The files of a log that is rotated: `path`, `path.1`, the older the higher.
 *
 * @module
 */

/** The size at which a log begins a new file, and how many it keeps. */
export interface AuditRotation {
  /** The size in bytes that a file does not exceed, but for one event that is longer. */
  readonly maxBytes: number;
  /** How many files are kept, the one written to among them; at least 2. */
  readonly maxFiles: number;
}

/**
 * The path of a rotated file.
 *
 * @param path The path of the log.
 * @param index How often the file was rotated; 0 for the one written to.
 * @returns The path.
 */
export function rotatedPath(path: string, index: number): string {
  return index === 0 ? path : `${path}.${index}`;
}

function exists(path: string): boolean {
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
 *
 * @param path The path of the log.
 * @param maxFiles How many files are kept, the new one among them.
 */
export function rotateFiles(path: string, maxFiles: number): void {
  let free = 1;
  while (free < maxFiles - 1 && exists(rotatedPath(path, free))) free++;
  for (let index = free; index > 0; index--) {
    Deno.renameSync(rotatedPath(path, index - 1), rotatedPath(path, index));
  }
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
 *
 * @param path The path of the log.
 * @param maxFiles How many files are kept.
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
