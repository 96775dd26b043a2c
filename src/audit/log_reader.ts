import { warnOnStderr } from "../base/stderr.ts";
import { quote } from "../base/text.ts";
import { asUnavailable, directoryOf, rotatedPath } from "./log_paths.ts";

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

  /** Looks at a log. */
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

  /** Leaves out the files up to one. */
  skipThrough(isLast: (info: Deno.FileInfo) => boolean): void {
    const at = this.#seen.findLastIndex(({ info }) => isLast(info));
    this.#seen.splice(0, at + 1);
  }

  /** The next file. */
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

const BLOCK = 262_144;
const NEWLINE = 0x0a;

/**
 * The longest line that is held whole; no event is nearly as long. A longer
 * one comes in pieces.
 */
export const LONGEST_LINE = 1_048_576;

/** Reads a file line by line. */
export class LineReader {
  readonly #file: Deno.FsFile;
  #buffer = new Uint8Array(BLOCK * 2);
  #from = 0;
  #to = 0;
  #inLine = false;
  #ended = false;

  /** Whether the last piece is the beginning of a line. */
  begins = true;
  /** Whether the last piece is the end of a line, with a newline after it. */
  ends = true;

  /** Makes a reader. */
  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Reads on. What was handed out before is overwritten. */
  async fill(): Promise<boolean> {
    if (this.#ended) return false;
    this.#makeRoom();
    const count = await this.#file.read(this.#buffer.subarray(this.#to));
    if (count === null) this.#ended = true;
    else this.#to += count;
    return true;
  }

  /** The next line that is read. */
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
  /** The file that it is in. */
  readonly file: string;
  /** The number of the line; the first one is 1. */
  readonly line: number;
}

/** Hands on the lines that are no events, or counts them where nobody takes them. */
export class MalformedLines {
  readonly #path: string;
  readonly #take: ((at: AuditLogPosition) => void) | undefined;
  #count = 0;

  /** Has met no line yet. */
  constructor(
    path: string,
    take: ((at: AuditLogPosition) => void) | undefined,
  ) {
    this.#path = path;
    this.#take = take;
  }

  /** Adds a line. */
  add(at: AuditLogPosition): void {
    const take = this.#take;
    if (take === undefined) this.#count++;
    else take(at);
  }

  /** Says on standard error how many there were that nobody took. */
  tell(): void {
    if (this.#count === 0) return;
    const lines = this.#count === 1 ? "1 line" : `${this.#count} lines`;
    warnOnStderr(
      `${lines} of the audit log ${
        quote(this.#path)
      } could not be read as events`,
    );
  }
}
