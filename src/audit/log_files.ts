/**
 * The files of a log, `path`, `path.1`, the older the higher.
 *
 * @module
 */

import { asUnavailable } from "./unavailable.ts";

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

/** A file of a log, open for reading. */
export interface OpenLogFile extends Disposable {
  /** Its path. */
  readonly path: string;
  /** The file. */
  readonly file: Deno.FsFile;
}

function resolveLink(path: string): string {
  try {
    // The rotated files lie beside the file, not beside a link to it.
    return Deno.realPathSync(path);
  } catch (error) {
    // A crash while rotating leaves only rotated files.
    if (error instanceof Deno.errors.NotFound) return path;
    throw error;
  }
}

function highestIndex(path: string): number {
  const [, directory = "", name = ""] = /^(.*?)([^\\/]*)$/s.exec(path) ?? [];
  const prefix = `${name}.`;
  let highest = 0;
  for (const entry of Deno.readDirSync(directory || ".")) {
    if (!entry.name.startsWith(prefix)) continue;
    const rest = entry.name.slice(prefix.length);
    if (/^[1-9]\d{0,8}$/.test(rest)) highest = Math.max(highest, Number(rest));
  }
  return highest;
}

function findHighestIndex(path: string): number {
  try {
    return highestIndex(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    // Without the directory they are tried one by one.
    if (error instanceof Deno.errors.NotCapable) return 1;
    throw error;
  }
}

function openIfThere(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Opens all files of a log, so that a rotation while they are read changes
 * nothing.
 *
 * @param path The path of the log.
 * @returns The files, the oldest first.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when there is none, or one cannot be read.
 */
export function openLogFiles(path: string): readonly OpenLogFile[] {
  const files: OpenLogFile[] = [];
  try {
    const real = resolveLink(path);
    const highest = findHighestIndex(real);
    const seen = new Set<number | null>();
    // From the newest: a file that is rotated meanwhile is met again, and known.
    for (let index = 0;; index++) {
      const file = openIfThere(rotatedPath(real, index));
      if (file === undefined) {
        if (index > highest) break;
        continue;
      }
      const { ino } = file.statSync();
      if (ino !== null && seen.has(ino)) {
        file.close();
        continue;
      }
      seen.add(ino);
      files.unshift({
        path: rotatedPath(real, index),
        file,
        [Symbol.dispose]: () => file.close(),
      });
    }
    if (files.length === 0) throw new Deno.errors.NotFound("No such file");
    return files;
  } catch (error) {
    for (const { file } of files) file.close();
    throw asUnavailable("read", path, error);
  }
}
