import type { Problem } from "../../base/errors.ts";
import { cut, escapeControls } from "../../base/text.ts";
import { maskCredentials } from "../../secrets/credentials.ts";
import type { Access } from "../../evidence/use.ts";
import type { CodeUrls } from "../../evidence/attribution.ts";
import type {
  PermissionEntry,
  PermissionSet,
} from "../../permissions/permission_set.ts";
import { AccessCollector } from "../observe/access_collector.ts";
import { Watch } from "../observe/watch.ts";
import { ChildProcess, InterruptedError } from "./child_process.ts";
import {
  findSetupResult,
  READY,
  replacedProblems,
  type SetupJob,
  type SetupResult,
} from "./setup_job.ts";

export interface RunRequest {
  readonly job: Omit<SetupJob, "mark" | "dataDirectory">;
  /** Returns the flags of Deno for a data directory. */
  readonly flagsFor: (dataDirectory: string) => Promise<readonly string[]>;
  /**
   * The files of the directory that it runs in, by their names.
   *
   * @default {{}}
   */
  readonly files?: Readonly<Record<string, string>>;
  /** The URLs of the code of the plugin and of others. */
  readonly urls: CodeUrls;
  /**
   * Tests if the flags, which Deno does not read itself while it is watched, allow
   * an access. `undefined` to leave it to Deno: then started programs are not seen.
   */
  readonly allows: ((entry: PermissionEntry) => boolean) | undefined;
  /** Returns what the flags grant. */
  readonly granted: () => PermissionSet;
  readonly signal: AbortSignal;
  /**
   * The milliseconds until the process is ready to load the plugin, downloads
   * included.
   *
   * @default {30_000}
   */
  readonly startTimeout?: number;
  /**
   * The milliseconds that the process may take to exit once the plugin is
   * disposed.
   *
   * @default {2_000}
   */
  readonly exitTimeout?: number;
}

export interface RunReport {
  readonly flags: readonly string[];
  /** The directory that `$DATA` was. It no longer exists. */
  readonly dataDirectory: string;
  /** The result, or how the process ended without one. */
  readonly result: SetupResult;
  /** The accesses of the plugin; `undefined` if there are too many. */
  readonly accesses: readonly Access[] | undefined;
  /** True if started programs were seen, too. */
  readonly isWatched: boolean;
}

const MAX_ACCESS_LOG = 33_554_432;
/** Time for the process besides the calls into the plugin, once it is ready. */
const MAX_OWN_TIME = 5_000;
const CONFIG = "deno.json";
const REMOVE_ATTEMPTS = 5;
const REMOVE_INTERVAL = 50;

/** Restores the permissions that are needed to remove a directory. */
async function unlock(directory: string): Promise<void> {
  await Deno.chmod(directory, 0o700);
  for await (const { isDirectory, name } of Deno.readDir(directory)) {
    // Symbolic links are not directories here, so their targets stay untouched.
    if (isDirectory) await unlock(`${directory}/${name}`);
  }
}

async function removeDirectory(directory: string): Promise<void> {
  for (let left = REMOVE_ATTEMPTS; left > 0; left--) {
    try {
      await Deno.remove(directory, { recursive: true });
      return;
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotFound) return;
      if (left === 1) throw thrown;
      if (Deno.build.os !== "windows") await unlock(directory).catch(() => {});
      // A process that is about to end may still write there.
      await new Promise((resolve) => setTimeout(resolve, REMOVE_INTERVAL));
    }
  }
}

/** A permission log that the process cannot find once it is hidden. */
class AccessLogFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(path, { read: true, write: true, create: true });
  }

  /** Removes the name of the file; Deno goes on to write to the open file. */
  hide(): void {
    try {
      Deno.removeSync(this.#path);
    } catch {
      // Windows cannot remove an open file.
    }
  }

  async read(): Promise<string | undefined> {
    const { size } = await this.#file.stat();
    if (size > MAX_ACCESS_LOG) return undefined;
    await this.#file.seek(0, Deno.SeekMode.Start);
    const bytes = new Uint8Array(size);
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

function describeEnd(
  { code, signal }: Deno.CommandStatus,
  { stderr }: ChildProcess,
): string {
  const line = lastLine(stderr);
  return `its process ended with ${
    signal === null ? `exit code ${code}` : `signal ${signal}`
  }${line === "" ? "" : `: ${line}`}`;
}

/** Describes the end of a process that printed no result. */
function crashProblem(
  id: string,
  status: Deno.CommandStatus,
  child: ChildProcess,
): Problem {
  return child.isLate
    ? {
      code: "PLUGIN_TIMEOUT",
      message:
        `Cannot run plugin "${id}": it did not end in time and was killed`,
      remedy: "Find the loop in its code that never waits",
    }
    : {
      code: "PLUGIN_CRASHED",
      message: `Cannot run plugin "${id}": ${describeEnd(status, child)}`,
      remedy: "A plugin must not exit or crash the process it runs in",
    };
}

/** Describes what the process did wrong after it printed its result. */
function exitProblems(
  id: string,
  status: Deno.CommandStatus,
  child: ChildProcess,
): readonly Problem[] {
  if (child.isLate) {
    return [{
      code: "PLUGIN_DISPOSE_FAILED",
      message: `Plugin "${id}" keeps its process alive after dispose`,
      remedy: "Stop in dispose what setup started: timers, servers, workers, " +
        "programs, listeners",
    }];
  }
  return status.success ? [] : [{
    code: "PLUGIN_CRASHED",
    message: `After the dispose of plugin "${id}" ${
      describeEnd(status, child)
    }`,
    remedy: "Stop in dispose what setup started, and wait for it",
  }];
}

function resultOf(
  { id }: RunRequest["job"],
  mark: string,
  status: Deno.CommandStatus,
  child: ChildProcess,
): SetupResult {
  const found = findSetupResult(child.stdout, mark);
  const { health, methods = [], problems = [], variables = [] } = found ?? {};
  const others = found === undefined
    ? [crashProblem(id, status, child)]
    : problems.length > 0
    ? problems
    : exitProblems(id, status, child);
  return {
    problems: [...replacedProblems(child.stdout, mark), ...others],
    health,
    methods,
    variables,
  };
}

/** A plugin with these flags may start programs, and leave some running. */
function mayStartPrograms(flags: readonly string[]): boolean {
  return flags.some((flag) => /^--allow-(?:run|ffi|all)/.test(flag));
}

/** Never called: a literal import lets Deno fetch the program with this module. */
export function importSetupJob(): Promise<unknown> {
  return import("./run_setup_job.ts");
}

async function runIn(
  directory: string,
  request: RunRequest,
): Promise<RunReport> {
  const { job, flagsFor, files = {}, signal } = request;
  const { urls, allows, granted } = request;
  const { startTimeout = 30_000, exitTimeout = 2_000 } = request;
  const dataDirectory = `${directory}/data`;
  const log = `${directory}/accesses.jsonl`;
  const cwd = `${directory}/elsewhere`;
  await Deno.mkdir(cwd);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${cwd}/${name}`, text);
  }
  const flags = await flagsFor(dataDirectory);
  signal.throwIfAborted();
  const mark = `${crypto.randomUUID()} `;
  const collector = new AccessCollector(urls);
  // The process starts after the watch.
  const root: { pid?: number } = {};
  await using watch = allows === undefined ? undefined : await Watch.start({
    folder: directory,
    urls,
    decide(check) {
      // A program that the plugin started is as free as its permission to.
      if (check.pid !== root.pid) return true;
      const isAllowed = allows(check.entry);
      collector.add(check.entry, check, isAllowed);
      return isAllowed;
    },
  });
  using accesses = watch === undefined ? new AccessLogFile(log) : undefined;
  let isReady = false;
  let isDone = false;
  const module = import.meta.resolve("./run_setup_job.ts");
  // Beside a local module, Deno finds the configuration of this package.
  const config = files[CONFIG] === undefined || module.startsWith("file:")
    ? []
    : [`--config=${cwd}/${CONFIG}`];
  using child = new ChildProcess({
    args: [
      "run",
      "--quiet",
      "--no-lock",
      ...config,
      ...flags,
      module,
    ],
    cwd,
    env: {
      ...watch?.env ??
        { DENO_AUDIT_PERMISSIONS: log, DENO_TRACE_PERMISSIONS: "1" },
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    },
    killsTree: mayStartPrograms(flags),
    signal,
    onOutput(text) {
      if (!isReady && text.includes(mark + READY)) {
        isReady = true;
        accesses?.hide();
        // The process waits for this before it loads the plugin.
        child.closeInput();
        const ownTime = Math.min(startTimeout, MAX_OWN_TIME);
        child.setDeadline(job.timeout * 4 * job.sources.length + ownTime);
      }
      if (isDone || findSetupResult(text, mark) === undefined) return;
      isDone = true;
      child.setDeadline(exitTimeout);
    },
  });
  root.pid = child.pid;
  child.setDeadline(startTimeout);
  await child.writeLine(JSON.stringify({ ...job, mark, dataDirectory }));
  const status = await child.wait();
  const result = resultOf(job, mark, status, child);
  const text = accesses === undefined ? "" : await accesses.read();
  collector.addLog(text ?? "", granted());
  return {
    flags,
    dataDirectory,
    result,
    accesses: text === undefined ? undefined : collector.all,
    isWatched: watch !== undefined,
  };
}

/** Uses a new directory, without symbolic links, and removes it afterwards. */
export async function withTemporaryDirectory<Result>(
  use: (directory: string) => Promise<Result>,
): Promise<Result> {
  try {
    const created = await Deno.makeTempDir({ prefix: "semantik-plugin-" });
    const directory = await Deno.realPath(created);
    await using _directory = {
      [Symbol.asyncDispose]: () => removeDirectory(directory),
    };
    return await use(directory);
  } catch (thrown) {
    if (thrown instanceof InterruptedError) Deno.exit(thrown.exitCode);
    throw thrown;
  }
}

/**
 * Runs a plugin in a new process, from another directory: its setup, health
 * check, contract and dispose. Exits this process if it is interrupted.
 */
export async function runPlugin(request: RunRequest): Promise<RunReport> {
  return await withTemporaryDirectory((directory) => runIn(directory, request));
}
