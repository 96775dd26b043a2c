/**
 * Where a command writes: results to standard output, messages and progress to
 * standard error.
 *
 * @module
 */

import { PartialWriteError, writeWhole } from "../base/stderr.ts";
import type { Clock } from "../base/clock.ts";
import { createPaint, type Paint } from "./paint.ts";

/** Something to write to, as `Deno.stdout` is. */
export interface TerminalStream {
  /** Writes some bytes, and says how many. */
  writeSync(bytes: Uint8Array): number;
  /** Whether a person sees it at once. */
  isTerminal(): boolean;
}

/** What a {@linkcode Terminal} is made from. */
export interface TerminalOptions {
  /** Takes results. */
  readonly stdout: TerminalStream;
  /** Takes messages and progress. */
  readonly stderr: TerminalStream;
  /** Whether colours are unwanted even on a terminal. */
  readonly noColor: boolean;
  /** The time, for how often progress is shown. */
  readonly clock: Clock;
}

/** Thrown where nobody reads the output any more, as after `| head`. */
export class OutputClosedError extends Error {
  /** Always `"OutputClosedError"`. */
  override readonly name = "OutputClosedError";
}

const MAX_HELD = 65_536;
const PROGRESS_INTERVAL = 100;
const CLEAR_LINE = "\r\x1b[K";

/** Where a command writes. */
export class Terminal {
  readonly #stdout: TerminalStream;
  readonly #stderr: TerminalStream;
  readonly #clock: Clock;
  readonly #encoder = new TextEncoder();
  readonly #showsProgress: boolean;
  #held = "";
  #progressShown = false;
  #progressTime = -Infinity;
  /** The colours of standard output. */
  readonly paint: Paint;
  /** The colours of standard error. */
  readonly errorPaint: Paint;

  /**
   * Makes one.
   *
   * @param options The streams, and how to write to them.
   */
  constructor(options: TerminalOptions) {
    const { stdout, stderr, noColor, clock } = options;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#clock = clock;
    this.#showsProgress = stderr.isTerminal();
    this.paint = createPaint(!noColor && stdout.isTerminal());
    this.errorPaint = createPaint(!noColor && stderr.isTerminal());
  }

  /**
   * Writes to standard output. What is little is held until there is more, or
   * {@linkcode Terminal.flush} is called.
   *
   * @param text The text; what is foreign in it was escaped.
   * @throws {OutputClosedError} when nobody reads it any more.
   */
  print(text: string): void {
    this.#held += text;
    if (this.#held.length >= MAX_HELD) this.flush();
  }

  /**
   * Writes what is held.
   *
   * @throws {OutputClosedError} when nobody reads it any more.
   */
  flush(): void {
    if (this.#held === "") return;
    const text = this.#held;
    this.#held = "";
    this.clearProgress();
    this.#write(this.#stdout, text);
  }

  /**
   * Writes lines to standard error, after all that was printed before.
   *
   * @param lines The lines; what is foreign in them was escaped.
   * @throws {OutputClosedError} when nobody reads either of the two any more.
   */
  say(...lines: readonly string[]): void {
    this.flush();
    this.clearProgress();
    this.#write(this.#stderr, lines.map((line) => `${line}\n`).join(""));
  }

  /**
   * Shows on a terminal how far long work has come; elsewhere does nothing.
   *
   * @param describe Says it, in a few words. It is called only where it is shown.
   */
  progress(describe: () => string): void {
    if (!this.#showsProgress) return;
    const now = this.#clock.elapsed();
    if (now - this.#progressTime < PROGRESS_INTERVAL) return;
    this.#progressTime = now;
    this.#progressShown = true;
    const text = this.errorPaint.dim(describe());
    this.#write(this.#stderr, `${CLEAR_LINE}${text}`);
  }

  /** Takes the progress off the terminal. */
  clearProgress(): void {
    if (!this.#progressShown) return;
    this.#progressShown = false;
    this.#write(this.#stderr, CLEAR_LINE);
  }

  #write(stream: TerminalStream, text: string): void {
    try {
      // A reader that looks at a page of it is waited for, however long.
      writeWhole(stream, this.#encoder.encode(text), Infinity);
    } catch (thrown) {
      const cause = thrown instanceof PartialWriteError ? thrown.cause : thrown;
      if (cause instanceof Deno.errors.BrokenPipe) {
        throw new OutputClosedError("Nobody reads the output", { cause });
      }
      throw cause;
    }
  }
}
