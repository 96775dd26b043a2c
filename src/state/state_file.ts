import { type Clock, pause } from "../base/timing.ts";
import { PluginError, type Problem } from "../base/errors.ts";
import { fromFileUrl, readOpenFile, resolvePath } from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import type { StateSnapshot } from "./state_store.ts";
import { type ReplacedPaths, replaceFile } from "./replace_file.ts";
import {
  type FilePermissions,
  findPermissionFault,
  permissionFaultOf,
  type StateFault,
  type StateFileHandle,
  type StateSystem,
} from "./state_system.ts";
import {
  copySnapshot,
  decodeState,
  emptySnapshot,
  encodeState,
  failState,
  MAX_FILE_BYTES,
  type StateResult,
  TOO_LONG,
} from "./state_text.ts";

const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 32;
/** Readable and writable for its owner alone. */
const FILE_MODE = 0o600;
const NO_DIRECTORY: StateFault = {
  what: "its directory does not exist",
  remedy: "Make the directory, or mount the volume that it is on",
};

/**
 * Makes a path absolute and normal, as Deno's flags name it.
 *
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if it cannot be that of a file.
 */
export function toStatePath(
  path: string | URL,
  cwd: () => string,
  windows: boolean,
): string {
  const text = path instanceof URL ? fromUrl(path, windows) : path;
  const isFile = windows
    ? !/(?:^|[\\/:])\.{0,2}$/.test(text)
    : !/(?:^|\/)\.{0,2}$/.test(text);
  if (!isFile || text.includes("\0")) {
    throw refusePath(text, "it does not name a file");
  }
  if (windows) return resolvePath(text, cwd());
  // Elsewhere, C:\x and \\x are ordinary names.
  return resolvePath(`./${text}`, text.startsWith("/") ? "/" : cwd());
}

function fromUrl(url: URL, windows: boolean): string {
  try {
    if (url.protocol === "file:" && (url.host === "" || windows)) {
      return fromFileUrl(url, windows);
    }
  } catch {
    // It is not well encoded.
  }
  throw refusePath(url.href, "the URL is not that of a file on this machine");
}

function refusePath(path: string, what: string): PluginError {
  return new PluginError(`Cannot use state file ${quote(path)}: ${what}`, {
    code: "PLUGIN_OPTION_INVALID",
    remedy: 'Give the path of a file, e.g. "./plugin_state.json"',
  });
}

/** The paths that a state file touches. */
interface StatePaths extends ReplacedPaths {
  /** The path as it was given: a file or a link to it. */
  readonly path: string;
  /** The file that writers lock. Removing it would let two of them write. */
  readonly lock: string;
}

function toPaths(path: string, target: string): StatePaths {
  return {
    path,
    target,
    lock: `${target}.lock`,
    temporary: `${target}.tmp`,
  };
}

function writerPermissions(paths: StatePaths): FilePermissions {
  const { path, target, lock, temporary } = paths;
  return {
    // Renaming needs `read` for the file that is renamed, too.
    read: [path, temporary],
    write: [target, lock, temporary],
  };
}

export function toReadProblem(path: string, fault: StateFault): Problem {
  return Object.freeze({
    code: "PLUGIN_STATE_CORRUPT",
    message: `Cannot read plugin state ${quote(path)}: ${fault.what}`,
    remedy: fault.remedy,
    ...(fault.path === undefined ? {} : { path: fault.path }),
  });
}

function toReadError(path: string, fault: StateFault): PluginError {
  const problem = toReadProblem(path, fault);
  const { code, message, remedy } = problem;
  const { cause } = fault;
  return new PluginError(message, {
    code,
    remedy,
    problems: [problem],
    ...(cause === undefined ? {} : { cause }),
  });
}

function toWriteError(path: string, fault: StateFault): PluginError {
  const { what, remedy, cause } = fault;
  return new PluginError(
    `Cannot write plugin state ${quote(path)}: ${what}`,
    {
      code: "PLUGIN_STATE_UNWRITABLE",
      remedy,
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

// The change is stored: failing to unlock must not turn it into an error.
async function unlock(file: StateFileHandle): Promise<void> {
  try {
    await file.unlock();
  } catch {
    // Closing the file unlocks it as well.
  }
  try {
    file.close();
  } catch {
    // The end of the process unlocks it in any case.
  }
}

function nameOf(path: string): string {
  return path.slice(
    Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1,
  );
}

async function followEvents(
  events: ReturnType<StateSystem["watch"]>,
  name: string,
  hint: () => void,
): Promise<void> {
  try {
    for await (const { kind, paths } of events) {
      // Reading the file is an event, too.
      if (kind === "access") continue;
      if (paths.some((path) => nameOf(path) === name)) hint();
    }
  } catch {
    // The directory is gone, which reading the file reports.
    hint();
  }
}

/** Makes the next state of the stored one; returns that one for no change. */
export type StateStep = (current: StateSnapshot) => StateSnapshot;

/** A state file, whose content is the old one or the new one at any moment. */
export class StateFile {
  readonly path: string;
  readonly #mustExist: boolean;
  readonly #clock: Clock;
  readonly #system: StateSystem;

  constructor(
    path: string,
    options: Readonly<
      { mustExist: boolean; clock: Clock; system: StateSystem }
    >,
  ) {
    this.path = path;
    this.#mustExist = options.mustExist;
    this.#clock = options.clock;
    this.#system = options.system;
  }

  /** Returns the permissions for a change. A link is followed if it may be read. */
  async permissions(): Promise<FilePermissions> {
    const paths = await this.#findFault({ read: [this.path] }) === undefined
      ? await this.#follow().catch(() => undefined)
      : undefined;
    return writerPermissions(paths ?? toPaths(this.path, this.path));
  }

  /**
   * Reads the file. Never prompts, and never changes it. If the file does not
   * exist and its directory is unreadable, creates the lock file to see if the
   * directory exists.
   */
  async read(): Promise<StateResult> {
    const permissions = { read: [this.path] };
    const fault = await this.#findFault(permissions);
    if (fault !== undefined) return { ok: false, fault };
    try {
      return await this.#readContent();
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotFound) return await this.#readNone();
      return {
        ok: false,
        fault: await permissionFaultOf(thrown, permissions, this.#system) ?? {
          what: `it cannot be read: ${describeThrown(thrown)}`,
          remedy: "Make the file readable for this process",
          cause: thrown,
        },
      };
    }
  }

  /**
   * Changes the file under its lock, which keeps writers apart across processes.
   *
   * @param step Makes the next state.
   * @param waitSignal Ends the wait for the lock.
   * @param signal The caller's own signal.
   * @throws {PluginError} if the file cannot be read or written; it is then as it was.
   */
  async change(
    step: StateStep,
    waitSignal: AbortSignal,
    signal: AbortSignal | undefined,
  ): Promise<StateSnapshot> {
    // The link itself must be readable before it can be followed.
    const unreadable = await this.#findFault({ read: [this.path] });
    if (unreadable !== undefined) throw toReadError(this.path, unreadable);
    const paths = await this.#locate();
    const missing = await this.#findFault(writerPermissions(paths));
    if (missing !== undefined) throw toWriteError(this.path, missing);

    await using _lock = await this.#lock(paths, waitSignal);
    const read = await this.read();
    if (!read.ok) throw toReadError(this.path, read.fault);
    const next = step(read.snapshot);
    if (next !== read.snapshot) {
      const bytes = encodeState(next, read.snapshot);
      signal?.throwIfAborted();
      try {
        await replaceFile(paths, bytes, FILE_MODE, this.#system);
      } catch (thrown) {
        throw await this.#explainWrite(thrown, paths);
      }
    }
    return copySnapshot(next);
  }

  /**
   * Calls a function once, and after each change of the file. Its directory is
   * watched, because a change puts another file in its place.
   *
   * @throws {PluginError} if the directory cannot be watched.
   */
  async watch(hint: () => void): Promise<AsyncDisposable> {
    const { target } = await this.#locate();
    const directory = resolvePath("..", target);
    const fault = await this.#findFault({ read: [directory] });
    if (fault !== undefined) throw toReadError(this.path, fault);
    let watcher: ReturnType<StateSystem["watch"]>;
    try {
      watcher = this.#system.watch(directory);
    } catch (thrown) {
      const permissions = { read: [directory] };
      const missing = await permissionFaultOf(
        thrown,
        permissions,
        this.#system,
      );
      throw toReadError(
        this.path,
        missing ?? {
          what: `its directory cannot be watched: ${describeThrown(thrown)}`,
          remedy: "Let this process read the directory of the file",
          cause: thrown,
        },
      );
    }
    hint();
    const name = nameOf(target);
    const ended = followEvents(watcher, name, hint);
    let isClosed = false;
    return {
      async [Symbol.asyncDispose]() {
        if (!isClosed) watcher.close();
        isClosed = true;
        await ended;
      },
    };
  }

  #findFault(permissions: FilePermissions): Promise<StateFault | undefined> {
    return findPermissionFault(permissions, this.#system);
  }

  // Renaming onto a link would replace the link, and writers that come by
  // another link would lock another file.
  async #follow(): Promise<StatePaths> {
    let isLink = false;
    try {
      isLink = (await this.#system.lstat(this.path)).isSymlink;
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
    return toPaths(
      this.path,
      isLink ? await Deno.realPath(this.path) : this.path,
    );
  }

  async #locate(): Promise<StatePaths> {
    try {
      return await this.#follow();
    } catch (thrown) {
      // Reading finds out what is wrong with a file that cannot be found.
      const read = await this.read();
      if (!read.ok) throw toReadError(this.path, read.fault);
      throw await this.#explainWrite(thrown, toPaths(this.path, this.path));
    }
  }

  async #explainWrite(
    thrown: unknown,
    paths: StatePaths,
  ): Promise<PluginError> {
    const permissions = writerPermissions(paths);
    const missing = await permissionFaultOf(thrown, permissions, this.#system);
    const fault = missing ??
      (thrown instanceof Deno.errors.NotFound ? NO_DIRECTORY : {
        what: describeThrown(thrown),
        remedy:
          "Let this process write to the file's directory, and to its disk",
      });
    return toWriteError(this.path, { cause: thrown, ...fault });
  }

  async #readContent(): Promise<StateResult> {
    const { isSymlink } = await this.#system.lstat(this.path);
    try {
      // Before it is opened: opening a pipe waits for somebody to write to it.
      const { isFile, size } = await this.#system.stat(this.path);
      if (!isFile) return failState("it is not a regular file");
      if (size > MAX_FILE_BYTES) return failState(TOO_LONG);
      const file = await this.#system.open(this.path, { read: true });
      try {
        // One byte more than the limit: the file may grow while it is read.
        return decodeState(await readOpenFile(file, MAX_FILE_BYTES + 1));
      } finally {
        file.close();
      }
    } catch (thrown) {
      // Somebody put the link there: the file that it leads to is missing.
      if (isSymlink && thrown instanceof Deno.errors.NotFound) {
        return failState(
          "it is a link to a file that does not exist",
          "Bring back the file that it links to, or remove the link",
        );
      }
      throw thrown;
    }
  }

  // A missing file means the first start if its directory exists. If a volume
  // is not mounted, the directory is missing, and all decisions with it.
  async #readNone(): Promise<StateResult> {
    if (this.#mustExist) {
      return failState(
        "it does not exist, and it must",
        "Mount the volume that it is on, or restore the file from a backup",
      );
    }
    const directory = resolvePath("..", this.path);
    const isThere = await this.#isDirectory(directory) ??
      await this.#canMakeLock();
    if (isThere) return { ok: true, snapshot: emptySnapshot() };
    if (isThere === false) return { ok: false, fault: NO_DIRECTORY };
    return failState(
      "it does not exist, and this process may not see whether its directory does",
      `Let this process read ${quote(directory)}, or make the file`,
    );
  }

  /** Returns `undefined` if this process may not look. */
  async #isDirectory(directory: string): Promise<boolean | undefined> {
    if (await this.#findFault({ read: [directory] }) !== undefined) {
      return undefined;
    }
    try {
      return !(await this.#system.stat(directory)).isFile;
    } catch (thrown) {
      return thrown instanceof Deno.errors.NotFound ? false : undefined;
    }
  }

  /** Opens the lock file, which every change makes and nobody removes. */
  async #canMakeLock(): Promise<boolean | undefined> {
    const { lock } = toPaths(this.path, this.path);
    if (await this.#findFault({ write: [lock] }) !== undefined) {
      return undefined;
    }
    try {
      (await this.#openLock(lock)).close();
      return true;
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotCapable) return undefined;
      // A directory in which no file can be made exists all the same.
      return !(thrown instanceof Deno.errors.NotFound);
    }
  }

  #openLock(lock: string): Promise<StateFileHandle> {
    return this.#system.open(lock, {
      write: true,
      create: true,
      mode: FILE_MODE,
    });
  }

  // The operating system unlocks the file when the process ends, however it ends.
  async #lock(
    paths: StatePaths,
    signal: AbortSignal,
  ): Promise<AsyncDisposable> {
    try {
      const file = await this.#openLock(paths.lock);
      try {
        // A wait inside the operating system could not be aborted.
        let next = FIRST_PAUSE;
        while (!await file.tryLock(true)) {
          await pause(this.#clock, next, signal);
          next = Math.min(next * 2, LONGEST_PAUSE);
        }
      } catch (thrown) {
        file.close();
        throw thrown;
      }
      return { [Symbol.asyncDispose]: () => unlock(file) };
    } catch (thrown) {
      if (signal.aborted && thrown === signal.reason) throw thrown;
      throw await this.#explainWrite(thrown, paths);
    }
  }
}
