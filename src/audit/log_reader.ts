/** Reads the files of a log, in order and line by line. */

import { quote, warnOnStderr } from "../base/text.ts";
import {
  asUnavailable,
  directoryOf,
  ifFound,
  rotatedPath,
} from "./log_paths.ts";

/** A file of a log, open for reading. */
export interface OpenLogFile extends Disposable {
  /** Its path when reading began; rotation may rename it. */
  readonly path: string;
  readonly file: Deno.FsFile;
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
    return ifFound(() => highestIndex(path)) ?? 0;
  } catch (error) {
    // Without permission for the directory, the names are tried one by one.
    if (error instanceof Deno.errors.NotCapable) return 1;
    throw error;
  }
}

/** A file of a log when reading began. */
interface SeenFile {
  readonly index: number;
  readonly info: Deno.FileInfo;
}

/** Lists the files of a log, the oldest first. */
function seeFiles(path: string): SeenFile[] {
  const highest = findHighestIndex(path);
  const inodes = new Set<number>();
  const files: SeenFile[] = [];
  // Newest first: a file that is rotated meanwhile is seen again, and known.
  for (let index = 0;; index++) {
    const info = ifFound(() => Deno.statSync(rotatedPath(path, index)));
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

/** Opens a listed file, at the path that rotation gave it since. */
function openSeen(path: string, seen: SeenFile, highest: number): Deno.FsFile {
  const { ino } = seen.info;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (let at = seen.index; at <= highest + 1; at++) {
      const file = ifFound(() => Deno.openSync(rotatedPath(path, at)));
      if (file === undefined) continue;
      if (ino === null || file.statSync().ino === ino) return file;
      file.close();
    }
  }
  throw new Deno.errors.NotFound(
    "A file was rotated away before it was read",
  );
}

// Rotation removes the oldest files next, so these are held open.
const OPEN_AT_ONCE = 16;

/** The files of a log, the oldest first; rotation meanwhile changes nothing. */
export class LogFiles implements Disposable {
  readonly #path: string;
  readonly #seen: SeenFile[];
  readonly #highest: number;
  readonly #open: OpenLogFile[] = [];

  constructor(path: string) {
    try {
      // Rotated files lie beside the file, not beside a link to it. A crash
      // during rotation leaves only rotated files.
      this.#path = ifFound(() => Deno.realPathSync(path)) ?? path;
      this.#seen = seeFiles(this.#path);
      if (this.#seen.length === 0) {
        throw new Deno.errors.NotFound("No such file");
      }
      this.#highest = this.#seen[0]?.index ?? 0;
    } catch (error) {
      throw asUnavailable("read", path, error);
    }
  }

  /** Returns `true` if {@linkcode LogFiles.next} returns another file. */
  get hasMore(): boolean {
    return this.#open.length + this.#seen.length > 0;
  }

  /** Skips the files up to the one that matches. */
  skipThrough(isLast: (info: Deno.FileInfo) => boolean): void {
    const at = this.#seen.findLastIndex(({ info }) => isLast(info));
    this.#seen.splice(0, at + 1);
  }

  /** Returns the next file, which the caller closes; `undefined` after the last. */
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

  [Symbol.dispose](): void {
    for (const { file } of this.#open.splice(0)) file.close();
  }
}

const BLOCK = 262_144;
const NEWLINE = 0x0a;

/** The longest line that is kept whole; longer ones come in pieces. */
export const LONGEST_LINE = 1_048_576;

/** A file, or standard input. */
export type ReadableFile = Pick<Deno.FsFile, "read">;

/** Reads a file line by line; keeps one line and one block in memory. */
export class LineReader {
  readonly #file: ReadableFile;
  #buffer = new Uint8Array(BLOCK * 2);
  #from = 0;
  #to = 0;
  #inLine = false;
  #ended = false;

  /** The last piece begins a line. */
  begins = true;
  /** The last piece ends a line, with a newline after it. */
  ends = true;

  constructor(file: ReadableFile) {
    this.#file = file;
  }

  /** Reads more, over what was returned before; returns `false` at the end. */
  async fill(): Promise<boolean> {
    if (this.#ended) return false;
    this.#makeRoom();
    const count = await this.#file.read(this.#buffer.subarray(this.#to));
    if (count === null) this.#ended = true;
    else this.#to += count;
    return true;
  }

  /**
   * Returns the next line without its newline, or a piece of it if it is too long
   * or the last of the file; `undefined` if more must be read first.
   */
  next(): Uint8Array | undefined {
    const newline = this.#buffer.indexOf(NEWLINE, this.#from);
    const isWhole = newline !== -1 && newline < this.#to;
    const end = isWhole ? newline : this.#to;
    const length = end - this.#from;
    if (!isWhole && (this.#ended ? length === 0 : length < LONGEST_LINE)) {
      return undefined;
    }
    const piece = this.#buffer.subarray(this.#from, end);
    this.begins = !this.#inLine;
    this.ends = isWhole;
    this.#inLine = !isWhole;
    this.#from = isWhole ? end + 1 : end;
    return piece;
  }

  #makeRoom(): void {
    const held = this.#to - this.#from;
    const size = Math.max(this.#buffer.length, held + BLOCK);
    if (size > this.#buffer.length) {
      const larger = new Uint8Array(size);
      larger.set(this.#buffer.subarray(this.#from, this.#to));
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, this.#from, this.#to);
    }
    this.#from = 0;
    this.#to = held;
  }
}

/** A line of a log. */
export interface AuditLogPosition {
  /** The path of the file. */
  readonly file: string;
  /** The number of the line; the first one is 1. */
  readonly line: number;
}

/** Passes on lines that are not events, or counts them if nobody takes them. */
export class MalformedLines {
  readonly #path: string;
  readonly #take: ((at: AuditLogPosition) => void) | undefined;
  #count = 0;

  constructor(
    path: string,
    take: ((at: AuditLogPosition) => void) | undefined,
  ) {
    this.#path = path;
    this.#take = take;
  }

  add(at: AuditLogPosition): void {
    const take = this.#take;
    if (take === undefined) this.#count++;
    else take(at);
  }

  /** Reports on standard error how many nobody took. */
  report(): void {
    if (this.#count === 0) return;
    const lines = this.#count === 1 ? "1 line" : `${this.#count} lines`;
    warnOnStderr(
      `${lines} of the audit log ${
        quote(this.#path)
      } could not be read as events`,
    );
  }
}
