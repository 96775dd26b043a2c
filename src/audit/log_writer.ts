/** Writes events to a log, one line each, and reports those that were lost. */

import { describeThrown, PartialWriteError, quote } from "../base/text.ts";
import type { EncodedEvent } from "./audit_event.ts";
import {
  type ChainState,
  type LineChain,
  linkEnd,
  LONGEST_LINK,
  resumePlainLog,
} from "./chain.ts";
import { EventEncoder } from "./audit_handler.ts";
import {
  type Accept,
  lockLog,
  LogFile,
  type LogFileOptions,
} from "./log_file.ts";

// No plugin id contains a colon.
const LOG_ID = "audit:log";

interface Loss {
  count: number;
  since: number;
  reason: string;
}

/**
 * Counts lost events until the log reports them, and written events that may
 * still turn out to be lost.
 */
export class Losses {
  #encoder: EventEncoder | undefined;
  #lost: Loss | undefined;
  #reported: Loss | undefined;
  #unsure = 0;
  #unsureSince = 0;

  /** Returns `true` if a loss is not reported yet. */
  get pending(): boolean {
    return this.#lost !== undefined;
  }

  /** Counts an event that could not be written. */
  fail(time: number, error: unknown): void {
    const cause = error instanceof PartialWriteError ? error.cause : error;
    this.#add(1, time, describeThrown(cause));
  }

  /** Counts an event that was written, after a pending report. */
  wrote(time: number): void {
    if (this.#unsure++ === 0) this.#unsureSince = time;
    this.report();
  }

  /** Records that the report of what was lost was written. */
  report(): void {
    if (this.#lost === undefined) return;
    this.#reported = this.#lost;
    this.#lost = undefined;
  }

  /** Records that all that was written is in the log. */
  confirm(): void {
    this.#unsure = 0;
    this.#reported = undefined;
  }

  /** Counts everything since the last {@linkcode Losses.confirm} as lost. */
  lose(time: number, reason: string): void {
    const reported = this.#reported;
    if (reported !== undefined) {
      this.#add(reported.count, reported.since, reported.reason);
    }
    const since = this.#unsure > 0 ? this.#unsureSince : time;
    this.#add(this.#unsure, since, reason);
    this.confirm();
  }

  /** Creates the report of what was lost. */
  event(time: number): string {
    this.#encoder ??= new EventEncoder(true);
    const { count = 0, since = time, reason = "" } = this.#lost ?? {};
    const details = { count, since: new Date(since).toISOString(), reason };
    const facts = {
      pluginId: LOG_ID,
      action: "audit.lost",
      time,
      level: "error",
      plugin: undefined,
    } as const;
    return this.#encoder.encode(facts, details).open;
  }

  #add(count: number, since: number, reason: string): void {
    if (this.#lost === undefined) this.#lost = { count, since, reason };
    else this.#lost.count += count;
  }
}

const NEWLINE = 0x0a;
const BRACE = 0x7d;
const FIRST_BUFFER = 16_384;
// UTF-8 takes at most three bytes for a UTF-16 code unit.
const BYTES_PER_UNIT = 3;

// Checking the file at each event would cost too much: at most every 10 ms.
const LOOK_EVERY = 10;
const ROTATE_AGAIN_AFTER = 1_000;

const REASONS = {
  gone: "it was removed or replaced while it was open",
  cut: "another program truncated it",
} as const;

/** Lines in the buffer, ready to be written. */
interface Lines {
  readonly length: number;
  /** The state of the chain after them. */
  readonly state: ChainState | undefined;
}

/** Options of {@linkcode LogWriter}. */
export interface LogWriterOptions extends LogFileOptions {
  /** Called once with the first problem while events are still written. */
  readonly warn: (message: string) => void;
}

/** The only writer of a log. */
export class LogWriter implements Disposable {
  readonly #lock: Disposable | undefined;
  readonly #file: LogFile;
  readonly #chain: LineChain | undefined;
  readonly #encoder = new TextEncoder();
  readonly #losses: Losses;
  readonly #warning: (message: string) => void;
  #buffer = new Uint8Array(FIRST_BUFFER);
  #unended = false;
  #unsure = false;
  #astray = false;
  #time = 0;
  #lookedTime = -Infinity;
  #lookedAt = -Infinity;
  #rotateFrom = -Infinity;
  #warned = false;

  constructor(
    path: string,
    options: LogWriterOptions,
    chain: LineChain | undefined,
    losses: Losses,
  ) {
    // Two writers cannot damage a device.
    this.#lock = Deno.statSync(path).isFile ? lockLog(path) : undefined;
    this.#chain = chain;
    this.#losses = losses;
    this.#warning = options.warn;
    try {
      this.#file = new LogFile(path, options, this.#resume);
    } catch (error) {
      this.#lock?.[Symbol.dispose]();
      throw error;
    }
  }

  get files(): readonly string[] {
    return [...this.#file.files, `${this.#file.path}.lock`];
  }

  /** Writes an event as one line, after a report of losses, in a single call. */
  write(event: EncodedEvent): void {
    const { time, open } = event;
    this.#time = time;
    try {
      this.#look(time);
      this.#append([open]);
      this.#losses.wrote(time);
      this.#file.sync();
    } catch (error) {
      this.#losses.fail(time, error);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    const change = this.#file.look();
    if (change === "cut" || change === "gone") {
      if (!this.#astray) this.#lose(REASONS[change]);
    } else if (this.#losses.pending && !this.#astray) {
      this.#reportLosses();
    }
    this.#losses.confirm();
    this.#file.close();
    this.#lock?.[Symbol.dispose]();
  }

  /** Reports the losses without an event: there may be room again. */
  #reportLosses(): void {
    try {
      this.#append([]);
      this.#losses.wrote(this.#time);
    } catch {
      // They are reported when the log is opened again.
    }
  }

  #append(events: readonly string[]): void {
    if (this.#unsure && this.#file.isRegular) {
      this.#resume(this.#file.file, this.#file.path);
    }
    this.#unsure = false;
    let lines = this.#compose(events);
    if (this.#isFullFor(lines)) {
      // The file to rename must be the open one.
      this.#examine();
      if (this.#isFullFor(lines)) this.#rotate();
      lines = this.#compose(events);
    }
    try {
      this.#file.append(this.#buffer.subarray(0, lines.length));
    } catch (error) {
      this.#unsure = error instanceof PartialWriteError && error.written > 0;
      throw error;
    }
    if (lines.state !== undefined) this.#chain?.advance(lines.state);
    this.#unended = false;
  }

  #isFullFor({ length }: Lines): boolean {
    // The line after an unfinished one belongs in the same file: it reports it.
    return !this.#unended && this.#time >= this.#rotateFrom &&
      this.#file.isFullFor(length);
  }

  /** Encodes lines into the buffer: a report of losses, then the events. */
  #compose(events: readonly string[]): Lines {
    const opens = this.#losses.pending
      ? [this.#losses.event(this.#time), ...events]
      : events;
    this.#makeRoom(opens);
    const chain = this.#chain;
    let state = chain?.state;
    let length = 0;
    if (this.#unended) this.#buffer[length++] = NEWLINE;
    for (const open of opens) {
      const from = length;
      length = this.#put(open, length);
      if (chain === undefined || state === undefined) {
        this.#buffer[length++] = BRACE;
        this.#buffer[length++] = NEWLINE;
        continue;
      }
      length = this.#put(chain.fields(state), length);
      state = chain.next(state, this.#buffer.subarray(from, length));
      length = this.#put(linkEnd(state.head.hash), length);
    }
    return { length, state };
  }

  #makeRoom(opens: readonly string[]): void {
    let most = 1;
    for (const open of opens) {
      most += open.length * BYTES_PER_UNIT + LONGEST_LINK;
    }
    if (most > this.#buffer.length) this.#buffer = new Uint8Array(most);
  }

  #put(text: string, at: number): number {
    return at +
      this.#encoder.encodeInto(text, this.#buffer.subarray(at)).written;
  }

  /** Continues after the last line of the log that was found. */
  readonly #resume: Accept = (file, path) => {
    this.#unended = this.#chain?.resume(file, path) ??
      resumePlainLog(file, path);
  };

  /** Continues in another file, after the last line that was written. */
  readonly #continueIn: Accept = (file, path) => {
    this.#unended = this.#chain?.continueIn(file, path) ??
      resumePlainLog(file, path);
  };

  #rotate(): void {
    try {
      this.#file.rotate(this.#continueIn);
    } catch (error) {
      // A file that is too long is better than a lost event.
      this.#rotateFrom = this.#time + ROTATE_AGAIN_AFTER;
      this.#warn("could not be rotated", error);
    }
  }

  /** Notices that the file was removed, without a check at each event. */
  #look(time: number): void {
    const now = performance.now();
    const isEarly = Math.abs(time - this.#lookedTime) < LOOK_EVERY &&
      now - this.#lookedAt < LOOK_EVERY;
    if (isEarly && !this.#astray) return;
    this.#examine();
    this.#lookedTime = time;
    this.#lookedAt = now;
  }

  #examine(): void {
    const change = this.#file.look();
    const wasAstray = this.#astray;
    if (change === "unknown" || change === "none" && !wasAstray) {
      if (change === "none") this.#losses.confirm();
      return;
    }
    if (change === "rotated") this.#losses.confirm();
    else if (!wasAstray) this.#lose(REASONS[change === "cut" ? "cut" : "gone"]);
    // Each event looks again, until a file is found that can be the log.
    this.#astray = true;
    if (change === "none" || change === "cut") {
      this.#continueIn(this.#file.file, this.#file.path);
    } else {
      this.#file.reopen(this.#continueIn);
    }
    this.#astray = false;
  }

  #lose(reason: string): void {
    const since = Math.min(this.#lookedTime, this.#time);
    this.#losses.lose(Number.isFinite(since) ? since : this.#time, reason);
    this.#warn(`may lack events: ${reason}`);
  }

  #warn(what: string, error?: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    const why = error === undefined ? "" : `: ${describeThrown(error)}`;
    this.#warning(`The audit log ${quote(this.#file.path)} ${what}${why}`);
  }
}
