/**
 * One run of the command line: what every command shares.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { escapeControls } from "../base/text.ts";
import { describeFailure, type Failure } from "./describe_failure.ts";
import type { ExitCode, Outcome } from "./outcome.ts";
import { OutputClosedError, type Terminal } from "./terminal.ts";

/** The version of the shape in which results are printed for machines. */
const SCHEMA = 1;

/** What a {@linkcode CommandRun} is made from. */
export interface CommandRunOptions {
  /** Where it writes. */
  readonly terminal: Terminal;
  /** The time. */
  readonly clock: Clock;
  /** Ends what would go on for ever. */
  readonly signal: AbortSignal;
  /** The command line of Deno that came after `--`, where one came. */
  readonly denoCommand: readonly string[] | undefined;
}

/**
 * JSON on one line that no terminal is driven by.
 *
 * @param value Plain data.
 * @returns The text. Parsed, it is the value again.
 */
export function toJsonLine(value: unknown): string {
  return escapeControls(JSON.stringify(value));
}

/**
 * JSON on many lines, for a person to read and paste.
 *
 * @param value Plain data.
 * @returns The text, whole lines.
 */
export function toJsonLines(value: unknown): string {
  return JSON.stringify(value, undefined, 2).split("\n")
    .map((line) => `${escapeControls(line)}\n`).join("");
}

/** One run of the command line. */
export class CommandRun {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly denoCommand: readonly string[] | undefined;
  #exitCode: ExitCode = 0;

  /**
   * Makes one.
   *
   * @param options What the commands share.
   */
  constructor(options: CommandRunOptions) {
    this.terminal = options.terminal;
    this.clock = options.clock;
    this.signal = options.signal;
    this.denoCommand = options.denoCommand;
  }

  /** How the command ended. */
  get exitCode(): ExitCode {
    return this.#exitCode;
  }

  /**
   * Runs a command and shows what it comes to.
   *
   * @param command Its name.
   * @param json Whether a machine reads the result.
   * @param work Does it.
   * @throws {OutputClosedError} when nobody reads the output any more.
   */
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
   * Runs a command that prints its result while it works.
   *
   * @param command Its name.
   * @param json Whether a machine reads the result.
   * @param work Does it, and returns how it ended. It is handed what a result
   * for machines begins with; what follows is the result as JSON, and `}`.
   * @throws {OutputClosedError} when nobody reads the output any more.
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

  /**
   * Says what a person should know besides the result.
   *
   * @param message One line. What is foreign in it need not be escaped.
   */
  note(message: string): void {
    const { terminal } = this;
    terminal.say(
      `${terminal.errorPaint.yellow("Note:")} ${escapeControls(message)}`,
    );
  }

  /**
   * Ends the command with wrong usage, or work that cannot be done.
   *
   * @param failure Why.
   */
  fail({ message, remedy }: Failure): void {
    const { terminal } = this;
    this.#exitCode = 2;
    terminal.say(
      `${terminal.errorPaint.red("Error:")} ${escapeControls(message)}`,
      `  ${escapeControls(remedy)}`,
    );
  }
}
