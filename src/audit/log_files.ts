/**
 * The files of a log, `path`, `path.1`, the older the higher.
 *
 * @module
 */

import { directoryOf } from "./resolve_log_path.ts";
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
  /** Its path when the log was looked at. */
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
  const directory = directoryOf(path);
  const prefix = `${path.slice(directory.length)}.`;
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

/** A file of a log as it was when the log was looked at. */
interface SeenFile {
  readonly index: number;
  readonly info: Deno.FileInfo;
}

function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
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

/** Sees all files of a log, the oldest first. */
function seeFiles(path: string): SeenFile[] {
  const highest = findHighestIndex(path);
  const inodes = new Set<number>();
  const files: SeenFile[] = [];
  // From the newest: a file that is rotated meanwhile is met again, and known.
  for (let index = 0;; index++) {
    const info = statIfThere(rotatedPath(path, index));
    if (info === undefined) {
      if (index > highest) break;
    } else if (info.ino === null || !inodes.has(info.ino)) {
      if (info.ino !== null) inodes.add(info.ino);
      files.push({ index, info });
    }
  }
  return files.reverse();
}

const ATTEMPTS = 3;

/** Opens a file that was seen, at the path that rotation gave it since. */
function openSeen(path: string, seen: SeenFile, highest: number): Deno.FsFile {
  const { ino } = seen.info;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (let at = seen.index; at <= highest + 1; at++) {
      const file = openIfThere(rotatedPath(path, at));
      if (file === undefined) continue;
      if (ino === null || file.statSync().ino === ino) return file;
      file.close();
    }
  }
  throw new Deno.errors.NotFound(
    "A file was rotated away before it was read",
  );
}

// The oldest files are the next that rotation removes: these are held.
const OPEN_AT_ONCE = 16;

/**
 * The files of a log, the oldest first, a few of them open at a time. A rotation
 * while they are read changes nothing.
 */
export class LogFiles implements Disposable {
  readonly #path: string;
  readonly #seen: SeenFile[];
  readonly #highest: number;
  readonly #open: OpenLogFile[] = [];

  /**
   * Looks at a log.
   *
   * @param path The path of the log.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it has no file, or they cannot be seen.
   */
  constructor(path: string) {
    try {
      this.#path = resolveLink(path);
      this.#seen = seeFiles(this.#path);
      if (this.#seen.length === 0) {
        throw new Deno.errors.NotFound("No such file");
      }
      this.#highest = this.#seen[0]?.index ?? 0;
    } catch (error) {
      throw asUnavailable("read", path, error);
    }
  }

  /** `true` if {@linkcode LogFiles.next} returns a further file. */
  get hasMore(): boolean {
    return this.#open.length + this.#seen.length > 0;
  }

  /**
   * Leaves out the files up to one.
   *
   * @param isLast Tells the last file to leave out.
   */
  skipThrough(isLast: (info: Deno.FileInfo) => boolean): void {
    const at = this.#seen.findLastIndex(({ info }) => isLast(info));
    this.#seen.splice(0, at + 1);
  }

  /**
   * The next file.
   *
   * @returns The file, to be closed by the caller, or `undefined` after the newest.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when one cannot be read, or
   * rotation removed it before it was read.
   */
  next(): OpenLogFile | undefined {
    try {
      while (this.#open.length < OPEN_AT_ONCE) {
        const seen = this.#seen[0];
        if (seen === undefined) break;
        const file = openSeen(this.#path, seen, this.#highest);
        this.#seen.shift();
        this.#open.push({
          path: rotatedPath(this.#path, seen.index),
          file,
          [Symbol.dispose]: () => file.close(),
        });
      }
    } catch (error) {
      throw asUnavailable("read", this.#path, error);
    }
    return this.#open.shift();
  }

  /** Closes what is still open. */
  [Symbol.dispose](): void {
    for (const { file } of this.#open.splice(0)) file.close();
  }
}
