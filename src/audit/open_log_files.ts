/**
 * All files of a log, to be read.
 *
 * @module
 */

import { rotatedPath } from "./rotated_files.ts";
import { asUnavailable } from "./unavailable.ts";

/** A file of a log, open for reading. */
export interface OpenLogFile extends Disposable {
  /** Its path. */
  readonly path: string;
  /** The file. */
  readonly file: Deno.FsFile;
}

function resolve(path: string): string {
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
    const real = resolve(path);
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
