import { PartialWriteError, writeAll } from "../base/text.ts";
import type { Clock } from "../base/timing.ts";
import { columnsOf, createPaint, type Screen } from "../base/terminal_text.ts";

/** A stream to write to, such as `Deno.stdout`. */
export interface TerminalStream {
  /** Writes some of the bytes and returns how many. */
  writeSync(bytes: Uint8Array): number;
  /** Returns whether the stream is a terminal. */
  isTerminal(): boolean;
  /** Returns the width to wrap to, for a terminal other than that of the process. */
  columns?(): number;
}

export interface TerminalOptions {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly noColor: boolean;
  readonly clock: Clock;
}

/** Thrown when the reader of the output is gone, e.g. after `| head`. */
export class OutputClosedError extends Error {
  override readonly name = "OutputClosedError";
}

const MAX_BUFFERED = 65_536;
const PROGRESS_INTERVAL = 100;
const CLEAR_LINE = "\r\x1b[K";

function screenOf(stream: TerminalStream, noColor: boolean): Screen {
  return {
    paint: createPaint(!noColor && stream.isTerminal()),
    columns: columnsOf(stream),
  };
}

/** Writes results to standard output, and messages and progress to standard error. */
export class Terminal {
  readonly #stdout: TerminalStream;
  readonly #stderr: TerminalStream;
  readonly #clock: Clock;
  readonly #encoder = new TextEncoder();
  #buffer = "";
  #progressShown = false;
  #progressTime = -Infinity;
  /** The colors and the width of standard output. */
  readonly screen: Screen;
  /** The colors and the width of standard error. */
  readonly errorScreen: Screen;

  constructor({ stdout, stderr, noColor, clock }: TerminalOptions) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#clock = clock;
    this.screen = screenOf(stdout, noColor);
    this.errorScreen = screenOf(stderr, noColor);
  }

  /** Writes escaped text to standard output, buffered until {@linkcode Terminal.flush}. */
  print(text: string): void {
    this.#buffer += text;
    if (this.#buffer.length >= MAX_BUFFERED) this.flush();
  }

  flush(): void {
    if (this.#buffer === "") return;
    const text = this.#buffer;
    this.#buffer = "";
    this.clearProgress();
    this.#write(this.#stdout, text);
  }

  /** Writes escaped lines to standard error, after everything printed before. */
  printError(...lines: readonly string[]): void {
    this.flush();
    this.clearProgress();
    this.#write(this.#stderr, lines.map((line) => `${line}\n`).join(""));
  }

  /** Writes what another program printed to standard error, as it is. */
  passOn(text: string): void {
    this.prompt(text);
  }

  /** Asks for a line on standard error, after everything printed before. */
  prompt(question: string): void {
    this.flush();
    this.clearProgress();
    this.#write(this.#stderr, question);
  }

  /** Tests if a person sees standard error. */
  get isWatched(): boolean {
    return this.#stderr.isTerminal();
  }

  /** Shows progress if standard error is a terminal; `describe` is called only then. */
  progress(describe: () => string): void {
    if (!this.#stderr.isTerminal()) return;
    const now = this.#clock.elapsed();
    if (now - this.#progressTime < PROGRESS_INTERVAL) return;
    this.#progressTime = now;
    this.#progressShown = true;
    this.#write(
      this.#stderr,
      CLEAR_LINE + this.errorScreen.paint.dim(describe()),
    );
  }

  clearProgress(): void {
    if (!this.#progressShown) return;
    this.#progressShown = false;
    this.#write(this.#stderr, CLEAR_LINE);
  }

  #write(stream: TerminalStream, text: string): void {
    try {
      // A pager may pause reading for as long as its user reads.
      writeAll(stream, this.#encoder.encode(text), Infinity);
    } catch (thrown) {
      const cause = thrown instanceof PartialWriteError ? thrown.cause : thrown;
      if (cause instanceof Deno.errors.BrokenPipe) {
        throw new OutputClosedError("The output is closed", { cause });
      }
      throw cause;
    }
  }
}
