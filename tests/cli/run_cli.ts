import type { Clock } from "@semantik/plugins";
import {
  main,
  type MainOptions,
  type TerminalStream,
} from "@semantik/plugins/cli";
import { systemClock } from "../../src/base/timing.ts";

/** A stream that keeps its output. */
export class KeptStream implements TerminalStream {
  readonly #isTerminal: boolean;
  readonly #columns: number;
  #text = "";

  constructor(isTerminal = false, columns = Infinity) {
    this.#isTerminal = isTerminal;
    this.#columns = columns;
  }

  get text(): string {
    return this.#text;
  }

  isTerminal(): boolean {
    return this.#isTerminal;
  }

  columns(): number {
    return this.#columns;
  }

  writeSync(bytes: Uint8Array): number {
    this.#text += new TextDecoder().decode(bytes);
    return bytes.length;
  }
}

export interface CliOptions {
  readonly terminal?: boolean;
  /** The width of the terminal; by default, nothing is wrapped. */
  readonly columns?: number;
  readonly noColor?: boolean;
  /** The texts that standard input brings, one read each. */
  readonly stdin?: readonly string[];
  /** True if a person types into standard input, and sees standard error. */
  readonly person?: boolean;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly importModule?: MainOptions["importModule"];
}

export interface CliOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function stdinOf(
  texts: readonly string[],
  person: boolean,
): MainOptions["stdin"] & object {
  const rest = texts.map((text) => new TextEncoder().encode(text));
  return {
    isTerminal: () => person,
    read(bytes: Uint8Array) {
      const next = rest.shift();
      if (next === undefined) return Promise.resolve(null);
      const taken = Math.min(next.length, bytes.length);
      bytes.set(next.subarray(0, taken));
      if (taken < next.length) rest.unshift(next.subarray(taken));
      return Promise.resolve(taken);
    },
  };
}

export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliOutput> {
  const { terminal = false, columns, noColor = false, clock = systemClock } =
    options;
  const stdout = new KeptStream(terminal, columns);
  const stderr = new KeptStream(terminal || options.person === true, columns);
  const { stdin = [], person = false } = options;
  const { signal = new AbortController().signal, importModule } = options;
  const code = await main(args, {
    stdout,
    stderr,
    stdin: stdinOf(stdin, person),
    noColor,
    clock,
    signal,
    ...importModule === undefined ? {} : { importModule },
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** Runs a command with --json and returns its result. */
export async function runJson(
  args: readonly string[],
  options: CliOptions = {},
): Promise<Readonly<{ code: number; result: unknown; stderr: string }>> {
  const { code, stdout, stderr } = await runCli([...args, "--json"], options);
  const envelope: unknown = JSON.parse(stdout);
  if (typeof envelope !== "object" || envelope === null) {
    throw new TypeError("The result is no object");
  }
  const result: unknown = Reflect.get(envelope, "result");
  return { code, result, stderr };
}
