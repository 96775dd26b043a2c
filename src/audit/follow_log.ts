/** Reads a log that grows, across rotations. */

import { type Clock, pause } from "../base/timing.ts";
import { asUnavailable } from "./log_paths.ts";
import { LineReader, LogFiles } from "./log_reader.ts";

export interface FollowLogOptions<Entry> {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Reads a line; returns `undefined` if it is none of those that are followed. */
  readonly parse: (line: string) => Entry | undefined;
  /** Called for each line that could not be read. */
  readonly onMalformed: () => void;
}

/** Stands for the moment at which everything written so far was read. */
export const IDLE: unique symbol = Symbol("everything was read");

const INTERVAL = 250;

/** A log file and the position up to which it was read. */
class Tail implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #ino: number | null;
  readonly #decoder = new TextDecoder();
  #position = 0;
  #inLongLine = false;

  constructor(file: Deno.FsFile) {
    this.#file = file;
    this.#ino = file.statSync().ino;
  }

  /** Reads to the end. Leaves an unfinished line for the next call unless `isFinal`. */
  async *read<Entry>(
    isFinal: boolean,
    { parse, onMalformed }: FollowLogOptions<Entry>,
  ): AsyncGenerator<Entry, void, void> {
    const { size } = this.#file.statSync();
    // The file was truncated: new lines begin at the start.
    if (size < this.#position) this.#position = 0;
    if (size === this.#position) return;
    this.#file.seekSync(this.#position, Deno.SeekMode.Start);
    const reader = new LineReader(this.#file);
    while (await reader.fill()) {
      let line = reader.next();
      while (line !== undefined) {
        const isUnended = !reader.ends && reader.begins && !this.#inLongLine &&
          this.#position + line.length >= this.#file.statSync().size;
        if (isUnended && !isFinal) return;
        const entry = reader.begins && !this.#inLongLine
          ? parse(this.#decoder.decode(line))
          : undefined;
        this.#position += line.length + (reader.ends ? 1 : 0);
        this.#inLongLine = !reader.ends;
        if (entry !== undefined) yield entry;
        else if (reader.ends || isFinal) onMalformed();
        line = reader.next();
      }
    }
  }

  /** Tests if a path leads to this file. */
  isSameAs({ ino, size }: Deno.FileInfo): boolean {
    // Without inode numbers, a smaller file is a new one.
    return ino === null || this.#ino === null
      ? size >= this.#position
      : ino === this.#ino;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Returns the files begun after this one, or all files if it was removed. */
function newerThan(tail: Tail, path: string): LogFiles {
  const files = new LogFiles(path);
  files.skipThrough((info) => tail.isSameAs(info));
  return files;
}

function wasRotated(tail: Tail, path: string): boolean {
  try {
    return !tail.isSameAs(Deno.statSync(path));
  } catch (thrown) {
    // A rotation renamed the old file and has not created the next one yet.
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

/**
 * Yields the entries of a log, oldest first, then new ones across rotations; and
 * {@linkcode IDLE} each time that everything was read.
 */
export async function* followLog<Entry>(
  path: string,
  options: FollowLogOptions<Entry>,
): AsyncGenerator<Entry | typeof IDLE, void, void> {
  const { signal, clock } = options;
  let waiting = new LogFiles(path);
  let tail: Tail | undefined;
  try {
    while (!signal.aborted) {
      if (tail === undefined || waiting.hasMore) {
        // Nothing is written to a file once the next one exists.
        if (tail !== undefined) yield* tail.read(true, options);
        tail?.[Symbol.dispose]();
        const next = waiting.next();
        if (next === undefined) return;
        tail = new Tail(next.file);
      }
      yield* tail.read(false, options);
      if (waiting.hasMore) continue;
      yield IDLE;
      await pause(clock, INTERVAL, signal).catch(() => {});
      if (!wasRotated(tail, path)) continue;
      waiting[Symbol.dispose]();
      waiting = newerThan(tail, path);
    }
  } catch (thrown) {
    throw asUnavailable("read", path, thrown);
  } finally {
    tail?.[Symbol.dispose]();
    waiting[Symbol.dispose]();
  }
}
