/**
 * The events of an audit log, and those that are still to come.
 *
 * @module
 */

import { type AuditEvent, parseEvent } from "../audit/audit_event.ts";
import { LineReader } from "../audit/line_reader.ts";
import { LogFiles } from "../audit/log_files.ts";
import { asUnavailable } from "../audit/unavailable.ts";
import type { Clock } from "../base/clock.ts";

/** Options of {@linkcode followAuditLog}. */
export interface FollowOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The time. */
  readonly clock: Clock;
  /** Is told of each line that is no event. */
  readonly onMalformed: () => void;
  /** Is told when all that is there was read. */
  readonly onIdle: () => void;
}

const INTERVAL = 250;

/** A file of a log, and how far it was read. */
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

  /** Reads on to the end. A line that is not ended is left for the next time. */
  async *read(
    isFinal: boolean,
    onMalformed: () => void,
  ): AsyncGenerator<AuditEvent, void, void> {
    const { size } = this.#file.statSync();
    // Somebody emptied it: what is written from now on begins at the start.
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
        const event = reader.begins && !this.#inLongLine
          ? parseEvent(this.#decoder.decode(line))
          : undefined;
        this.#position += line.length + (reader.ends ? 1 : 0);
        this.#inLongLine = !reader.ends;
        if (event !== undefined) yield event;
        else if (reader.ends || isFinal) onMalformed();
        line = reader.next();
      }
    }
  }

  /** Whether a file is this one. */
  isSameAs({ ino, size }: Deno.FileInfo): boolean {
    // Where files bear no number, a smaller one is another one.
    return ino === null || this.#ino === null
      ? size >= this.#position
      : ino === this.#ino;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** The files that were begun after one; all of them where that one is gone. */
function newerThan(tail: Tail, path: string): LogFiles {
  const files = new LogFiles(path);
  files.skipThrough((info) => tail.isSameAs(info));
  return files;
}

function wasRotated(tail: Tail, path: string): boolean {
  try {
    return !tail.isSameAs(Deno.statSync(path));
  } catch (thrown) {
    // Between the rename of the one file and the beginning of the next.
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

function wait(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(INTERVAL, done);
    function done(): void {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}

/**
 * Reads the events of an audit log, the oldest first, through all files that it
 * was rotated to, and then those that are written, through all files that it
 * will be rotated to.
 *
 * Needs `read` permission for the files and their directory.
 *
 * @param path The path of the log.
 * @param options What ends it, and who is told what.
 * @returns The events.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when the log cannot be read.
 */
export async function* followAuditLog(
  path: string,
  options: FollowOptions,
): AsyncGenerator<AuditEvent, void, void> {
  const { signal, clock, onMalformed, onIdle } = options;
  let waiting = new LogFiles(path);
  let tail: Tail | undefined;
  try {
    while (!signal.aborted) {
      if (tail === undefined || waiting.hasMore) {
        // What was written to it before the next one was begun is all there is.
        if (tail !== undefined) yield* tail.read(true, onMalformed);
        tail?.[Symbol.dispose]();
        const next = waiting.next();
        if (next === undefined) return;
        tail = new Tail(next.file);
      }
      yield* tail.read(false, onMalformed);
      if (waiting.hasMore) continue;
      onIdle();
      await wait(clock, signal);
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
