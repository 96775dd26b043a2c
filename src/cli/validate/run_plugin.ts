/**
 * Runs a plugin in a fresh process, from a foreign directory, with exactly the
 * permissions that it declares.
 *
 * @module
 */

import type { Problem } from "../../errors.ts";
import { maskCredentials } from "../../secrets/credentials.ts";
import { cut, escapeControls } from "../../text.ts";
import { denoProgram } from "./deno_program.ts";
import {
  findSetupResult,
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
   * How long the process may take beside the calls into the plugin, in
   * milliseconds: Deno has to start, and may have to fetch.
   *
   * @default {30_000}
   */
  readonly spareTime?: number;
}

/** What came of running a plugin. */
export interface RunReport {
  /** The flags that it ran with. */
  readonly flags: readonly string[];
  /** The directory that `$DATA` was. It is gone. */
  readonly dataDirectory: string;
  /** What came of it, or how its process ended without a word of it. */
  readonly result: SetupResult;
  /** What the process did with permissions, as Deno wrote it. */
  readonly accesses: string;
}

const MAX_OUTPUT = 1_048_576;

/** Reads to the end, and keeps no more than the last of it. */
async function readEnd(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + chunk).slice(-MAX_OUTPUT);
  }
  return text;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return "";
    throw thrown;
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

/**
 * Runs a plugin: its setup, its health check, its contract, its end.
 *
 * Needs `run` permission for Deno itself, and `read` and `write` for the
 * directory of temporary files.
 *
 * @param request What to run, and with which flags.
 * @returns What came of it.
 */
export async function runPlugin(request: RunRequest): Promise<RunReport> {
  const { job, flagsFor, signal, spareTime = 30_000 } = request;
  const directory = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik-plugin-" }),
  );
  try {
    const dataDirectory = `${directory}/data`;
    const log = `${directory}/accesses.jsonl`;
    const foreign = `${directory}/elsewhere`;
    await Deno.mkdir(foreign);
    const flags = await flagsFor(dataDirectory);
    const mark = `${crypto.randomUUID()} `;
    await using child = new Deno.Command(denoProgram(), {
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
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      signal,
    }).spawn();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, job.timeout * 4 + spareTime);
    try {
      const [output, errors, status] = await Promise.all([
        readEnd(child.stdout),
        readEnd(child.stderr),
        child.status,
        sendJob(child.stdin, { ...job, mark, dataDirectory }),
      ]);
      return {
        flags,
        dataDirectory,
        result: findSetupResult(output, mark) ??
          withoutResult(job.id, status, isLate, errors),
        accesses: await readIfThere(log),
      };
    } finally {
      clearTimeout(timer);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function sendJob(
  stdin: WritableStream<Uint8Array>,
  job: SetupJob,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(JSON.stringify(job)));
    await writer.close();
  } catch {
    // A process that ended before it read its job is told of by its status.
  }
}
