import type { Clock } from "../base/timing.ts";
import { escapeControls } from "../base/text.ts";
import type { ImportModule } from "../manifest/source_system.ts";
import { describeFailure, type Failure, UsageError } from "./failure.ts";
import { formatMessage, INDENT, wrapLine } from "./format.ts";
import { OutputClosedError, type Terminal } from "./terminal.ts";

/** The version of the JSON that commands print. */
const SCHEMA = 1;
const PROGRESS_INTERVAL = 1_000;

/** 0 is success, 1 problems found, 2 a usage error or a failure. */
export type ExitCode = 0 | 1 | 2;

/** The result of a command, for machines and for people. */
export interface Outcome {
  /** The result, as plain data. */
  readonly result: unknown;
  /** The same for people: whole lines, escaped. */
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** Returns JSON on one line, safe to print to a terminal. */
export function toJsonLine(value: unknown): string {
  return escapeControls(JSON.stringify(value));
}

/** Returns JSON on several lines, safe to print to a terminal. */
export function toJsonLines(value: unknown): string {
  return JSON.stringify(value, undefined, 2).split("\n")
    .map((line) => `${escapeControls(line)}\n`).join("");
}

/** Standard input. */
export interface InputStream {
  /** Reads some bytes; `null` at the end. */
  read(bytes: Uint8Array): Promise<number | null>;
  /** Returns whether a person types into it. */
  isTerminal?(): boolean;
}

/** More than a person answers. */
const MAX_ANSWER = 1_024;

/** Runs one command and shows its result. */
export class CommandRun {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stdin: InputStream;
  /** The Deno command line after `--`, if there is one. */
  readonly denoCommand: readonly string[] | undefined;
  readonly importModule: ImportModule | undefined;
  #exitCode: ExitCode = 0;

  constructor(
    options: Pick<
      CommandRun,
      "terminal" | "clock" | "signal" | "stdin" | "denoCommand" | "importModule"
    >,
  ) {
    this.terminal = options.terminal;
    this.clock = options.clock;
    this.signal = options.signal;
    this.stdin = options.stdin;
    this.denoCommand = options.denoCommand;
    this.importModule = options.importModule;
  }

  get exitCode(): ExitCode {
    return this.#exitCode;
  }

  /** Runs a command and prints its outcome. */
  async run(
    command: string,
    json: boolean | undefined,
    work: () => Outcome | Promise<Outcome>,
  ): Promise<void> {
    await this.stream(command, json, async (envelope) => {
      const { result, text, exitCode } = await work();
      this.terminal.print(
        json === true ? `${envelope}${toJsonLine(result)}}\n` : text,
      );
      return exitCode;
    });
  }

  /**
   * Runs a command that prints while it works. With `json`, it prints the
   * envelope, then its result as JSON, then `}`.
   */
  async stream(
    command: string,
    json: boolean | undefined,
    work: (envelope: string) => Promise<ExitCode>,
  ): Promise<void> {
    const envelope = toJsonLine({ schema: SCHEMA, command }).slice(0, -1);
    try {
      this.#exitCode = await work(`${envelope},"result":`);
    } catch (thrown) {
      if (thrown instanceof OutputClosedError) throw thrown;
      const error = describeFailure(thrown);
      if (json === true) {
        this.terminal.print(
          `${envelope},"result":null,"error":${toJsonLine(error)}}\n`,
        );
      }
      this.fail(error);
    }
  }

  /** Waits for work, and shows on a terminal how long it has taken. */
  async withProgress<Value>(
    label: string,
    work: Promise<Value>,
  ): Promise<Value> {
    const began = this.clock.elapsed();
    const show = () => {
      const seconds = Math.round((this.clock.elapsed() - began) / 1_000);
      this.terminal.progress(() => `${label}: ${seconds} s`);
      cancel = this.clock.after(PROGRESS_INTERVAL, show);
    };
    let cancel = this.clock.after(PROGRESS_INTERVAL, show);
    try {
      return await work;
    } finally {
      cancel();
      this.terminal.clearProgress();
    }
  }

  /**
   * Asks a person for a yes; everything else is a no.
   *
   * @throws {UsageError} when nobody can be asked.
   */
  async confirm(question: string): Promise<boolean> {
    const { stdin, terminal } = this;
    if (stdin.isTerminal?.() !== true || !terminal.isWatched) {
      throw new UsageError(
        `Nobody can be asked "${question}": this is no terminal`,
        "Review it, and add --yes",
      );
    }
    terminal.prompt(`${question} [y/N] `);
    let answer = "";
    const decoder = new TextDecoder();
    const bytes = new Uint8Array(MAX_ANSWER);
    while (!answer.includes("\n") && answer.length < MAX_ANSWER) {
      const count = await stdin.read(bytes);
      if (count === null) break;
      answer += decoder.decode(bytes.subarray(0, count), { stream: true });
    }
    return /^y(?:es)?$/i.test(answer.trim());
  }

  /** Prints a note of one line to standard error. */
  note(message: string): void {
    const { errorScreen } = this.terminal;
    const label = errorScreen.paint.yellow("Note:");
    this.terminal.printError(
      ...wrapLine(`${label} ${escapeControls(message)}`, errorScreen),
    );
  }

  /** Prints an error with its remedy, and sets exit code 2. */
  fail({ message, remedy }: Failure): void {
    this.#exitCode = 2;
    const { errorScreen } = this.terminal;
    const label = errorScreen.paint.red("Error:");
    const [first, ...frame] = formatMessage(message);
    this.terminal.printError(
      ...wrapLine(`${label} ${first}`, errorScreen),
      ...frame,
      ...wrapLine(INDENT + escapeControls(remedy), errorScreen),
    );
  }
}
