import { denoProgram } from "./deno_program.ts";

const HAS_GROUPS = Deno.build.os !== "windows";
const MAX_OUTPUT = 1_048_576;
/** Limits how long to read from an ended process while others hold its output open. */
const READ_TIMEOUT = 500;
const EXIT_CODES: ReadonlyMap<Deno.Signal, number> = new Map(
  Deno.build.os === "windows"
    ? [["SIGINT", 130]]
    : [["SIGHUP", 129], ["SIGINT", 130], ["SIGTERM", 143]],
);

/** Thrown instead of exiting, so that callers can clean up first. */
export class InterruptedError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("Interrupted");
    this.exitCode = exitCode;
  }
}

export interface ChildProcessOptions {
  /** The arguments of Deno. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Kills the programs that the process starts as well. */
  readonly killsTree: boolean;
  /** Called with the last part of standard output whenever it grows. */
  readonly onOutput: (text: string) => void;
  /**
   * Passes the first interrupt on, instead of killing the process: it ends as it
   * wants to.
   *
   * @default {false}
   */
  readonly passesInterrupt?: boolean;
  /** Called with each new part of standard output and standard error. */
  readonly onText?: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Kills a process group, with another process if this one may not. */
async function killGroup(pid: number): Promise<void> {
  if (!HAS_GROUPS) return;
  try {
    const { state } = Deno.permissions.querySync({ name: "run" });
    if (state === "granted") return Deno.kill(-pid, "SIGKILL");
    const code = `Deno.kill(-${pid},"SIGKILL")`;
    await new Deno.Command(denoProgram(), {
      args: ["eval", "--no-config", "--no-lock", code],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
  } catch {
    // The group has ended.
  }
}

/** A Deno process with a deadline, killed if this process is interrupted. */
export class ChildProcess implements Disposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #killsTree: boolean;
  readonly #signal: AbortSignal;
  readonly #reading = new AbortController();
  readonly #read: Promise<unknown>;
  readonly #removeListeners: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLate = false;
  #wasInterrupted = false;
  #hasEnded = false;
  #interruption: number | undefined;
  #stdout = "";
  #stderr = "";

  constructor(options: ChildProcessOptions) {
    const { args, cwd, env, killsTree, onOutput, signal } = options;
    const { onText, passesInterrupt = false } = options;
    this.#killsTree = killsTree;
    this.#signal = signal;
    this.#child = new Deno.Command(denoProgram(), {
      args: [...args],
      cwd,
      env,
      detached: HAS_GROUPS,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#read = Promise.all([
      this.#readAll(this.#child.stdout, (chunk) => {
        this.#stdout = (this.#stdout + chunk).slice(-MAX_OUTPUT);
        onOutput(this.#stdout);
        onText?.(chunk);
      }),
      this.#readAll(this.#child.stderr, (chunk) => {
        this.#stderr = (this.#stderr + chunk).slice(-MAX_OUTPUT);
        onText?.(chunk);
      }),
    ]);
    const kill = () => this.#kill();
    signal.addEventListener("abort", kill);
    this.#removeListeners.push(() => signal.removeEventListener("abort", kill));
    for (const [name, exitCode] of EXIT_CODES) {
      const interrupt = () => {
        if (passesInterrupt && !this.#wasInterrupted) {
          this.#wasInterrupted = true;
          this.#child.kill(name);
          return;
        }
        this.#interruption = exitCode;
        kill();
      };
      Deno.addSignalListener(name, interrupt);
      this.#removeListeners.push(() =>
        Deno.removeSignalListener(name, interrupt)
      );
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The last part of standard output. */
  get stdout(): string {
    return this.#stdout;
  }

  /** The last part of standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** True if the process missed its deadline and was killed. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** True if an interrupt was passed on. */
  get wasInterrupted(): boolean {
    return this.#wasInterrupted;
  }

  setDeadline(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.#kill();
    }, milliseconds);
  }

  /** Writes a line; if the process has ended, its status shows why. */
  async writeLine(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`))
      .catch(() => {});
  }

  closeInput(): void {
    this.#input.close().catch(() => {});
  }

  /** Waits for the process and its output to end. */
  async wait(): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    this.#hasEnded = true;
    if (this.#killsTree) await killGroup(this.#child.pid);
    const timer = setTimeout(() => this.#reading.abort(), READ_TIMEOUT);
    await this.#read;
    clearTimeout(timer);
    this.#signal.throwIfAborted();
    if (this.#interruption !== undefined) {
      throw new InterruptedError(this.#interruption);
    }
    return status;
  }

  async #readAll(
    stream: ReadableStream<Uint8Array>,
    write: (chunk: string) => void,
  ): Promise<void> {
    const { signal } = this.#reading;
    await stream.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write }), { signal }).catch(() => {});
  }

  #kill(): void {
    if (this.#killsTree) void killGroup(this.#child.pid);
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  [Symbol.dispose](): void {
    for (const remove of this.#removeListeners) remove();
    clearTimeout(this.#timer);
    if (!this.#hasEnded) this.#kill();
    this.#reading.abort();
  }
}
