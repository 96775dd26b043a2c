/**
 * Writes events to a log, one line each.
 *
 * @module
 */

import { describeThrown, quote } from "../text.ts";
import type { EncodedEvent } from "./audit_event.ts";
import { GENESIS_HASH, linkEnd, LONGEST_LINK } from "./chain_link.ts";
import { lockLog } from "./file_lock.ts";
import type { LineChain } from "./line_chain.ts";
import { LogFile, type LogFileOptions } from "./log_file.ts";
import { readPlainTail } from "./log_tail.ts";
import { PartialWriteError } from "./output.ts";
import { unavailable } from "./unavailable.ts";

const NEWLINE = 0x0a;
const BRACE = 0x7d;
const FIRST_BUFFER = 16_384;
// UTF-8 takes at most three bytes for a UTF-16 code unit.
const BYTES_PER_UNIT = 3;
const PLAIN_END = 2;
const LINK_END = linkEnd(GENESIS_HASH).length;
const LOOK_EVERY = 1_000;

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
  readonly #tell: (message: string) => void;
  #buffer = new Uint8Array(FIRST_BUFFER);
  #unended = false;
  #unsure = false;
  #looked = 0;
  #rotateFrom = -Infinity;
  #warned = false;

  /**
   * Opens a log.
   *
   * @param path The real path of its file.
   * @param options How it is written.
   * @param chain The chain of its lines, if they are chained.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it cannot be written, or somebody else writes to it.
   */
  constructor(
    path: string,
    options: LogWriterOptions,
    chain: LineChain | undefined,
  ) {
    // A device has nothing that two writers could break.
    this.#lock = Deno.statSync(path).isFile ? lockLog(path) : undefined;
    this.#chain = chain;
    this.#tell = options.warn;
    try {
      this.#file = new LogFile(path, options);
      try {
        this.#resume();
      } catch (error) {
        this.#file.close();
        throw error;
      }
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
   * Writes an event as one line, in one call.
   *
   * @param event The event.
   * @throws When the file cannot take it.
   */
  write(event: EncodedEvent): void {
    this.#look(event.time);
    if (this.#unsure) this.#resume();
    let length = this.#begin(event.open);
    let fields = this.#chain?.nextFields();
    const end = fields === undefined ? PLAIN_END : fields.length + LINK_END;
    // An unfinished line is followed in its own file: that is where it is accounted for.
    if (!this.#unended && this.#file.isFullFor(length + end)) {
      this.#rotate(event.time);
      fields = this.#chain?.nextFields();
    }
    const from = this.#unended ? 1 : 0;
    let hash = "";
    if (this.#chain === undefined || fields === undefined) {
      this.#buffer[length++] = BRACE;
      this.#buffer[length++] = NEWLINE;
    } else {
      length = this.#put(fields, length);
      hash = this.#chain.hash(this.#buffer.subarray(from, length));
      length = this.#put(linkEnd(hash), length);
    }
    this.#append(length);
    this.#chain?.advance(hash);
    this.#unended = false;
    this.#file.sync();
  }

  /** Closes the log, and lets others open it. */
  [Symbol.dispose](): void {
    this.#file.close();
    this.#lock?.[Symbol.dispose]();
  }

  /** Puts the event at the beginning of the buffer; returns where it ends. */
  #begin(open: string): number {
    const most = open.length * BYTES_PER_UNIT + LONGEST_LINK;
    if (most > this.#buffer.length) this.#buffer = new Uint8Array(most);
    if (!this.#unended) {
      return this.#encoder.encodeInto(open, this.#buffer).written;
    }
    this.#buffer[0] = NEWLINE;
    return this.#put(open, 1);
  }

  #put(text: string, at: number): number {
    return at +
      this.#encoder.encodeInto(text, this.#buffer.subarray(at)).written;
  }

  #append(length: number): void {
    try {
      this.#file.append(this.#buffer.subarray(0, length));
    } catch (error) {
      this.#unsure = error instanceof PartialWriteError && error.written > 0;
      throw error;
    }
  }

  #resume(): void {
    if (!this.#file.isRegular) return;
    if (this.#chain !== undefined) {
      this.#unended = this.#chain.resume(this.#file);
    } else {
      const { unended, chained } = readPlainTail(this.#file.file);
      if (chained) {
        throw unavailable(
          "open",
          this.#file.path,
          "its lines are chained, and this handler has no chain",
          "Open it with the option chain, or name another file",
        );
      }
      this.#unended = unended;
    }
    this.#unsure = false;
  }

  #rotate(time: number): void {
    if (time < this.#rotateFrom) return;
    try {
      this.#file.rotate();
    } catch (error) {
      // A file that is too long is better than an event that is lost.
      this.#rotateFrom = time + LOOK_EVERY;
      this.#warn("could not be rotated", error);
    }
    // What fails may have failed after the new file was begun.
    if (this.#file.isEmpty) this.#chain?.beginFile();
  }

  /** Finds out that the file was removed, without asking at each event. */
  #look(time: number): void {
    if (Math.abs(time - this.#looked) < LOOK_EVERY) return;
    this.#looked = time;
    if (this.#file.reopenIfReplaced()) {
      this.#unended = readPlainTail(this.#file.file).unended;
      this.#warn(
        "was removed or replaced while it was open; a new one is begun",
      );
    }
    if (this.#file.isEmpty) this.#chain?.beginFile();
  }

  #warn(what: string, error?: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    const why = error === undefined ? "" : `: ${describeThrown(error)}`;
    this.#tell(`The audit log ${quote(this.#file.path)} ${what}${why}`);
  }
}
