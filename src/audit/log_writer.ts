import { PartialWriteError } from "../base/stderr.ts";
import { describeThrown, quote } from "../base/text.ts";
import type { EncodedEvent } from "./audit_event.ts";
import {
  type ChainState,
  type LineChain,
  linkEnd,
  LONGEST_LINK,
  readPlainTail,
} from "./chain.ts";
import { EventEncoder } from "./event_encoder.ts";
import {
  type Accept,
  lockLog,
  LogFile,
  type LogFileOptions,
} from "./log_file.ts";
import { unavailable } from "./log_paths.ts";

/** No id of a plugin holds a colon. */
const LOG_ID = "audit:log";

/** A number of events, the first one, and the reason. */
interface Loss {
  count: number;
  since: number;
  reason: string;
}

/**
 * Counts events that were lost until a log says so, and those that were written
 * since it was last known that they reach the log.
 */
export class Losses {
  #encoder: EventEncoder | undefined;
  #lost: Loss | undefined;
  #told: Loss | undefined;
  #unsure = 0;
  #unsureSince = 0;

  /** `true` if the log has a loss to tell. */
  get pending(): boolean {
    return this.#lost !== undefined;
  }

  /** Counts an event that could not be written. */
  fail(time: number, error: unknown): void {
    const cause = error instanceof PartialWriteError ? error.cause : error;
    this.#add(1, time, describeThrown(cause));
  }

  /**
   * Counts an event that was written, after {@linkcode Losses.event} if that was pending.
   */
  wrote(time: number): void {
    if (this.#unsure++ === 0) this.#unsureSince = time;
    if (this.#lost === undefined) return;
    this.#told = this.#lost;
    this.#lost = undefined;
  }

  /** Takes all that was written for kept. */
  confirm(): void {
    this.#unsure = 0;
    this.#told = undefined;
  }

  /**
   * Counts all that was written since the last {@linkcode Losses.confirm} as
   * lost, and that there was a reason even if it is nothing.
   */
  lose(time: number, reason: string): void {
    const told = this.#told;
    if (told !== undefined) this.#add(told.count, told.since, told.reason);
    const since = this.#unsure > 0 ? this.#unsureSince : time;
    this.#add(this.#unsure, since, reason);
    this.confirm();
  }

  /** Makes the event that says what was lost. */
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

/** The milliseconds in which no second event asks whether the file is still there. */
const LOOK_EVERY = 10;
const ROTATE_AGAIN_AFTER = 1_000;

const REASONS = {
  gone: "it was removed or replaced while it was open",
  cut: "another program cut it",
} as const;

/** Lines that are ready to be written. */
interface Lines {
  /** The bytes of the buffer that they take. */
  readonly length: number;
  /** The state of the chain after them. */
  readonly state: ChainState | undefined;
}

/** How a log is written. */
export interface LogWriterOptions extends LogFileOptions {
  /** Is told what does not go well while events are still written. */
  readonly warn: (message: string) => void;
}

/** A log that is open to be written, by nobody else. */
export class LogWriter implements Disposable {
  readonly #lock: Disposable | undefined;
  readonly #file: LogFile;
  readonly #chain: LineChain | undefined;
  readonly #encoder = new TextEncoder();
  readonly #losses: Losses;
  readonly #tell: (message: string) => void;
  #buffer = new Uint8Array(FIRST_BUFFER);
  #unended = false;
  #unsure = false;
  #astray = false;
  #time = 0;
  #lookedTime = -Infinity;
  #lookedAt = -Infinity;
  #rotateFrom = -Infinity;
  #warned = false;

  /** Opens a log. */
  constructor(
    path: string,
    options: LogWriterOptions,
    chain: LineChain | undefined,
    losses: Losses,
  ) {
    // A device has nothing that two writers could break.
    this.#lock = Deno.statSync(path).isFile ? lockLog(path) : undefined;
    this.#chain = chain;
    this.#losses = losses;
    this.#tell = options.warn;
    try {
      this.#file = new LogFile(path, options, this.#resume);
    } catch (error) {
      this.#lock?.[Symbol.dispose]();
      throw error;
    }
  }

  /** Every file that it reads or writes. */
  get files(): readonly string[] {
    return [...this.#file.files, `${this.#file.path}.lock`];
  }

  /**
   * Writes an event as one line, in one call; before it, in the same call, a
   * line that says what was lost since the last one.
   */
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

  /** Closes the log, and lets others open it. */
  [Symbol.dispose](): void {
    const change = this.#file.look();
    if (change === "cut" || change === "gone") {
      if (!this.#astray) this.#lose(REASONS[change]);
    } else if (this.#losses.pending && !this.#astray) {
      this.#tellLosses();
    }
    this.#losses.confirm();
    this.#file.close();
    this.#lock?.[Symbol.dispose]();
  }

  /** There may be room again; no event follows that could bring the losses along. */
  #tellLosses(): void {
    try {
      this.#append([]);
      this.#losses.wrote(this.#time);
    } catch {
      // They are told when the log is opened again.
    }
  }

  #append(events: readonly string[]): void {
    if (this.#unsure && this.#file.isRegular) {
      this.#resume(this.#file.file, this.#file.path);
    }
    this.#unsure = false;
    let lines = this.#compose(events);
    if (this.#isFullFor(lines)) {
      // What is renamed has to be the file that is open.
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
    // An unfinished line is followed in its own file: that is where it is accounted for.
    return !this.#unended && this.#time >= this.#rotateFrom &&
      this.#file.isFullFor(length);
  }

  /** Puts lines into the buffer: events, and before them what was lost. */
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

  /** Goes on where a file ends, after the line that stands there. */
  readonly #resume: Accept = (file, path) => {
    this.#unended = this.#chain === undefined
      ? endOfPlain(file, path)
      : this.#chain.resume(file, path);
  };

  /** Goes on in another file, after the line that was written last. */
  readonly #continueIn: Accept = (file, path) => {
    this.#unended = this.#chain === undefined
      ? endOfPlain(file, path)
      : this.#chain.continueIn(file, path);
  };

  #rotate(): void {
    try {
      this.#file.rotate(this.#continueIn);
    } catch (error) {
      // A file that is too long is better than an event that is lost.
      this.#rotateFrom = this.#time + ROTATE_AGAIN_AFTER;
      this.#warn("could not be rotated", error);
    }
  }

  /** Finds out that the file was removed, without asking at each event. */
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
    // Until a file is found that can be the log, each event looks for one.
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
    this.#tell(`The audit log ${quote(this.#file.path)} ${what}${why}`);
  }
}

/** Returns `true` if the last line of a log without a chain lacks its newline. */
function endOfPlain(file: Deno.FsFile, path: string): boolean {
  const tail = readPlainTail(file);
  switch (tail.kind) {
    case "log":
      return tail.unended;
    case "chained":
      throw unavailable(
        "open",
        path,
        "its lines are chained, and this handler has no chain",
        "Open it with the option chain, or name another file",
      );
    case "foreign":
      throw unavailable(
        "open",
        path,
        "it is not an audit log: its last line is not an event",
        "Name another file",
      );
  }
}
