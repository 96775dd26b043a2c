import { type AuditEvent, parseLoggedEvent } from "../audit/audit_event.ts";
import { LineReader, LogFiles } from "../audit/log_reader.ts";
import { asUnavailable } from "../audit/log_paths.ts";
import { type Clock, pause } from "../base/timing.ts";

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called for each line that is not an event. */
  readonly onMalformed: () => void;
  /** Called when everything written so far was read. */
  readonly onIdle: () => void;
}

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
  async *read(
    isFinal: boolean,
    onMalformed: () => void,
  ): AsyncGenerator<AuditEvent, void, void> {
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
        const event = reader.begins && !this.#inLongLine
          ? parseLoggedEvent(this.#decoder.decode(line))
          : undefined;
        this.#position += line.length + (reader.ends ? 1 : 0);
        this.#inLongLine = !reader.ends;
        if (event !== undefined) yield event;
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

/** Yields the events of an audit log, oldest first, then new ones across rotations. */
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
        // Nothing is written to a file once the next one exists.
        if (tail !== undefined) yield* tail.read(true, onMalformed);
        tail?.[Symbol.dispose]();
        const next = waiting.next();
        if (next === undefined) return;
        tail = new Tail(next.file);
      }
      yield* tail.read(false, onMalformed);
      if (waiting.hasMore) continue;
      onIdle();
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
