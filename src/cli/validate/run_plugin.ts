/**
 * Runs a plugin in a fresh process, from a foreign directory, with exactly the
 * permissions that it declares.
 *
 * @module
 */

import type { Problem } from "../../base/errors.ts";
import { maskCredentials } from "../../secrets/credentials.ts";
import { cut, escapeControls } from "../../base/text.ts";
import { denoProgram } from "./deno_program.ts";
import { onInterrupt } from "./on_interrupt.ts";
import { HAS_GROUPS, killRest } from "./process_tree.ts";
import { TemporaryDirectory } from "./temporary_directory.ts";
import {
  findSetupResult,
  READY,
  replacedProblems,
  type SetupJob,
  type SetupResult,
} from "./setup_job.ts";

/** A plugin to run. */
export interface RunRequest {
  /** What to run. Its mark and data directory are chosen here. */
  readonly job: Omit<SetupJob, "mark" | "dataDirectory">;
  /** The flags of Deno, for a data directory. */
  readonly flagsFor: (dataDirectory: string) => Promise<readonly string[]>;
  /** Ends it. */
  readonly signal: AbortSignal;
  /**
   * Milliseconds that the process may take until it calls into the plugin: Deno
   * has to start, and may have to fetch.
   *
   * @default {30_000}
   */
  readonly spareTime?: number;
  /**
   * Milliseconds that the process may take to end by itself once its plugin is
   * disposed.
   *
   * @default {2_000}
   */
  readonly endTime?: number;
}

/** What came of running a plugin. */
export interface RunReport {
  /** The flags that it ran with. */
  readonly flags: readonly string[];
  /** The directory that `$DATA` was. It is gone. */
  readonly dataDirectory: string;
  /** What came of it, or how its process ended without a word of it. */
  readonly result: SetupResult;
  /** The lines that Deno wrote about permissions; `undefined` if too many. */
  readonly accesses: string | undefined;
}

const MAX_OUTPUT = 1_048_576;
const MAX_ACCESSES = 33_554_432;

/** Time for the process beside its calls into the plugin, once it runs. */
const MAX_CALL_TIME = 5_000;

/** Time to read from a process that ended, while others hold its output. */
const READ_TIME = 500;

/** Keeps the last of what a process prints, and tells of each change. */
class Output {
  #text = "";
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void = () => {}) {
    this.#onText = onText;
  }

  get text(): string {
    return this.#text;
  }

  /** Reads to the end, or until it is told that nobody waits any more. */
  async read(
    stream: ReadableStream<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const sink = new WritableStream<string>({
      write: (chunk) => {
        this.#text = (this.#text + chunk).slice(-MAX_OUTPUT);
        this.#onText(this.#text);
      },
    });
    await stream.pipeThrough(new TextDecoderStream()).pipeTo(sink, { signal })
      .catch(() => {});
  }
}

/** The accesses of a process, which cannot reach the file that they stand in. */
class AccessFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(path, { read: true, write: true, create: true });
  }

  /** Takes its name away: what has it open goes on to write there. */
  hide(): void {
    try {
      Deno.removeSync(this.#path);
    } catch {
      // A system that does not permit it for an open file.
    }
  }

  /** Reads it; `undefined` where it is too long. */
  async read(): Promise<string | undefined> {
    const { size } = await this.#file.stat();
    if (size > MAX_ACCESSES) return undefined;
    const bytes = new Uint8Array(size);
    await this.#file.seek(0, Deno.SeekMode.Start);
    for (let read = 0; read < size;) {
      const count = await this.#file.read(bytes.subarray(read));
      if (count === null) break;
      read += count;
    }
    return new TextDecoder().decode(bytes);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function lastLine(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const line = lines.findLast((one) => /^error:|Error/.test(one)) ??
    lines.at(-1) ?? "";
  return escapeControls(maskCredentials(cut(line.trim(), 300)));
}

function withoutResult(
  id: string,
  { code, signal }: Deno.CommandStatus,
  isLate: boolean,
  output: string,
): SetupResult {
  const how = isLate
    ? "it did not end in time and was killed"
    : signal !== null
    ? `signal ${signal} ended its process`
    : `its process ended with status ${code}`;
  const said = lastLine(output);
  const problem: Problem = {
    code: isLate ? "PLUGIN_TIMEOUT" : "PLUGIN_CRASHED",
    message: `Cannot run plugin "${id}": ${how}` +
      (said === "" || isLate ? "" : `: ${said}`),
    remedy: isLate
      ? "Find the loop in its code that never waits"
      : "A plugin must leave the process alone that it runs in",
  };
  return { problems: [problem], health: undefined, methods: [] };
}

function withProblem(result: SetupResult, problem: Problem): SetupResult {
  return { ...result, problems: [...result.problems, problem] };
}

/** Adds to the result what the process did after it had said it. */
function resultOf(
  { id }: RunRequest["job"],
  said: SetupResult | undefined,
  status: Deno.CommandStatus,
  isLate: boolean,
  errors: string,
): SetupResult {
  if (said === undefined) return withoutResult(id, status, isLate, errors);
  if (said.problems.length > 0) return said;
  if (isLate) {
    return withProblem(said, {
      code: "PLUGIN_DISPOSE_FAILED",
      message: `Plugin "${id}" keeps its process alive after dispose`,
      remedy: "End in dispose what setup began: timers, servers, workers, " +
        "programs, listeners",
    });
  }
  if (status.success) return said;
  const line = lastLine(errors);
  return withProblem(said, {
    code: "PLUGIN_CRASHED",
    message: `After the dispose of plugin "${id}" its process ended with ${
      status.signal === null
        ? `status ${status.code}`
        : `signal ${status.signal}`
    }${line === "" ? "" : `: ${line}`}`,
    remedy: "End in dispose what setup began, and wait for it",
  });
}

/** A plugin that may start programs may leave some behind. */
function mayStartPrograms(flags: readonly string[]): boolean {
  return flags.some((flag) => /^--allow-(?:run|ffi|all)/.test(flag));
}

/** Kills a child when its time is over. */
class Deadline implements Disposable {
  readonly #child: Deno.ChildProcess;
  readonly #isTree: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(child: Deno.ChildProcess, isTree: boolean) {
    this.#child = child;
    this.#isTree = isTree;
  }

  /** True once the child was killed for it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sets how long it has from now on. */
  set(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.kill();
    }, milliseconds);
  }

  /** Kills it now, in a way that it cannot refuse. */
  kill(): void {
    if (this.#isTree) void killRest(this.#child.pid);
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It ended by itself.
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

async function runIn(
  directory: string,
  request: RunRequest,
): Promise<RunReport> {
  const { job, flagsFor, signal } = request;
  const { spareTime = 30_000, endTime = 2_000 } = request;
  const callTime = Math.min(spareTime, MAX_CALL_TIME);
  const dataDirectory = `${directory}/data`;
  const log = `${directory}/accesses.jsonl`;
  const foreign = `${directory}/elsewhere`;
  await Deno.mkdir(foreign);
  const flags = await flagsFor(dataDirectory);
  const isTree = mayStartPrograms(flags);
  signal.throwIfAborted();
  const mark = `${crypto.randomUUID()} `;
  using accesses = new AccessFile(log);
  const child = new Deno.Command(denoProgram(), {
    args: [
      "run",
      "--quiet",
      "--no-lock",
      ...flags,
      import.meta.resolve("./run_setup_job.ts"),
    ],
    cwd: foreign,
    env: {
      DENO_AUDIT_PERMISSIONS: log,
      DENO_TRACE_PERMISSIONS: "1",
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    },
    detached: HAS_GROUPS,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  using deadline = new Deadline(child, isTree);
  const kill = () => deadline.kill();
  signal.addEventListener("abort", kill);
  let interruption: number | undefined;
  using _interrupts = onInterrupt((status) => {
    interruption = status;
    kill();
  });
  deadline.set(spareTime);
  let isDone = false;
  let hasEnded = false;
  const stdin = child.stdin.getWriter();
  let isReady = false;
  const output = new Output((text) => {
    if (!isReady && text.includes(mark + READY)) {
      isReady = true;
      accesses.hide();
      // Which is what it waits for.
      stdin.close().catch(() => {});
      deadline.set(job.timeout * 4 * job.sources.length + callTime);
    }
    if (isDone || findSetupResult(text, mark) === undefined) return;
    isDone = true;
    deadline.set(endTime);
  });
  const errors = new Output();
  const reading = new AbortController();
  const read = Promise.all([
    output.read(child.stdout, reading.signal),
    errors.read(child.stderr, reading.signal),
  ]);
  try {
    await send(stdin, JSON.stringify({ ...job, mark, dataDirectory }));
    const status = await child.status;
    hasEnded = true;
    if (isTree) await killRest(child.pid);
    // A program that it started may hold its output open for ever.
    const timer = setTimeout(() => reading.abort(), READ_TIME);
    await read;
    clearTimeout(timer);
    signal.throwIfAborted();
    if (interruption !== undefined) throw new Interruption(interruption);
    const result = resultOf(
      job,
      findSetupResult(output.text, mark),
      status,
      deadline.isOver,
      errors.text,
    );
    const replaced = replacedProblems(output.text, mark);
    return {
      flags,
      dataDirectory,
      result: { ...result, problems: [...replaced, ...result.problems] },
      accesses: await accesses.read(),
    };
  } finally {
    signal.removeEventListener("abort", kill);
    if (!hasEnded) kill();
    reading.abort();
  }
}

/** A signal that would have ended this process, before all was put in order. */
class Interruption extends Error {
  readonly status: number;

  constructor(status: number) {
    super("Interrupted");
    this.status = status;
  }
}

/**
 * Runs a plugin: its setup, its health check, its contract, its end.
 *
 * Needs `run` permission for Deno itself, and `read` and `write` for the
 * directory of temporary files. Interrupted, it ends this process.
 *
 * @param request What to run, and with which flags.
 * @returns What came of it.
 */
export async function runPlugin(request: RunRequest): Promise<RunReport> {
  try {
    await using directory = await TemporaryDirectory.create();
    return await runIn(directory.path, request);
  } catch (thrown) {
    if (thrown instanceof Interruption) Deno.exit(thrown.status);
    throw thrown;
  }
}

/** Writes a line to a process, which may have ended before it read it. */
async function send(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  line: string,
): Promise<void> {
  try {
    await writer.write(new TextEncoder().encode(`${line}\n`));
  } catch {
    // Its status tells.
  }
}
