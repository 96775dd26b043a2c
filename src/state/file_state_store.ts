import { PluginError, requireOptions, requirePath } from "../base/errors.ts";
import {
  type Clock,
  Mutex,
  systemClock,
  TimeoutSignal,
} from "../base/timing.ts";
import { quote } from "../base/text.ts";
import {
  StateFile,
  type StateStep,
  toReadProblem,
  toStatePath,
} from "./state_file.ts";
import type {
  StateChange,
  StateOptions,
  StatePermissions,
  StateReadResult,
  StateSnapshot,
  StateStore,
  StateUpdateOptions,
} from "./state_store.ts";
import { denoStateSystem, type StateSystem } from "./state_system.ts";
import { applyChange, applyRecorded, toCopy } from "./state_text.ts";

/** Options of {@linkcode FileStateStore}. */
export interface FileStateStoreOptions {
  /**
   * The time limit, in milliseconds, for a change to wait for other writers in
   * this process and in others.
   *
   * @default {10_000}
   */
  readonly lockTimeout?: number;
  /**
   * Treats a missing file as a problem instead of the first start. Set it once
   * the file exists if its directory outlives it, like the mount point of a
   * volume.
   *
   * @default {false}
   */
  readonly mustExist?: boolean;
  /**
   * The clock.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock;
  /**
   * The file system and the permissions.
   *
   * @default {denoStateSystem}
   */
  readonly system?: StateSystem;
}

const CALL = 'new FileStateStore("./plugin_state.json")';
const OPTIONS_CALL =
  'new FileStateStore("./plugin_state.json", { mustExist: true })';
const MAX_TIMEOUT = 2_147_483_647;

/**
 * Keeps the state of plugins in a JSON file.
 *
 * - A change is atomic. The next content is written to `<path>.tmp`, synced to
 *   the disk, and renamed to the file. After a crash or a power cut the file is
 *   the old one or the new one, whole. It is certain to be the new one only if
 *   the process may read the file's directory.
 * - Writers in all processes take turns by a lock on `<path>.lock`, which is
 *   never removed. Readers need no lock. The file system must support locks.
 * - A file that is not valid as a whole is a problem and is left unchanged. If
 *   the directory exists and the file does not, the state is empty. A missing
 *   directory or a broken link is a problem.
 * - Each change makes the file readable and writable for its owner only
 *   (`0600`). A link is followed, and the file that it leads to is replaced.
 *
 * Reading needs `read` permission for the path. Before the first change it also
 * checks that the directory exists. That needs `read` permission for the
 * directory, or `write` permission for `<path>.lock`, which it then creates.
 * Changing needs `read` for `<path>` and `<path>.tmp`, and `write` for
 * `<path>`, `<path>.lock` and `<path>.tmp`. The store never prompts: a missing
 * permission is a problem.
 *
 * @example A decision that survives
 * ```ts
 * import { FileStateStore } from "@semantik/plugins/state";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const store = new FileStateStore(`${directory}/plugin_state.json`);
 * await store.update(({ plugins }) =>
 *   new Map(plugins).set("x", { ...plugins.get("x"), enabled: false })
 * );
 *
 * const afterRestart = new FileStateStore(`${directory}/plugin_state.json`);
 * const state = await afterRestart.read();
 * assert(state.ok);
 * assertEquals(state.snapshot.plugins.get("x"), { enabled: false });
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export class FileStateStore implements StateStore {
  readonly #file: StateFile;
  readonly #lockTimeout: number;
  readonly #clock: Clock;
  readonly #mutex = new Mutex();

  /**
   * Creates a store. Touches no file.
   *
   * @param path The path of the file, relative to the current working
   * directory, or its `file:` URL. Its directory must exist.
   * @param options Options.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the path cannot be that of
   * a file, or the time limit is invalid.
   */
  constructor(path: string | URL, options: FileStateStoreOptions = {}) {
    if (!(path instanceof URL)) requirePath(path, "use state file", CALL);
    requireOptions(options, "use state file", OPTIONS_CALL);
    const {
      lockTimeout = 10_000,
      mustExist = false,
      clock = systemClock,
      system = denoStateSystem,
    } = options;
    if (!(lockTimeout >= 0 && lockTimeout <= MAX_TIMEOUT)) {
      throw new PluginError(
        `Cannot use lockTimeout ${lockTimeout}: it is not a time limit`,
        {
          code: "PLUGIN_OPTION_INVALID",
          remedy: `Give milliseconds from 0 to ${MAX_TIMEOUT}`,
        },
      );
    }
    this.#file = new StateFile(
      toStatePath(path, Deno.cwd, Deno.build.os === "windows"),
      { mustExist, clock, system },
    );
    this.#lockTimeout = lockTimeout;
    this.#clock = clock;
  }

  /** The absolute path of the file, as it was given. */
  get path(): string {
    return this.#file.path;
  }

  /**
   * Returns the permissions that changes need: exactly the paths that are
   * touched. A link is followed if it may be read.
   *
   * @returns The paths to `read` and to `write`.
   */
  async permissions(): Promise<StatePermissions> {
    return await this.#file.permissions();
  }

  /**
   * Reads the file. Needs `read` permission for it.
   *
   * @param options Options.
   * @returns The state, which is empty at the first start; or a problem with
   * the code `PLUGIN_STATE_CORRUPT`.
   */
  async read(options: StateOptions = {}): Promise<StateReadResult> {
    const { signal } = options;
    signal?.throwIfAborted();
    const result = await this.#file.read();
    signal?.throwIfAborted();
    return result.ok
      ? result
      : { ok: false, problem: toReadProblem(this.path, result.fault) };
  }

  /**
   * Changes the file. Needs `read` permission for it and its temporary file,
   * and `write` permission for these and the lock file.
   *
   * @param change Returns the plugins to store, given the stored ones.
   * @param options Options. A write that has begun is not aborted.
   * @returns The stored state after the change.
   * @throws {PluginError} `PLUGIN_STATE_CORRUPT` if the file cannot be read,
   * `PLUGIN_STATE_LOCKED` if other writers do not finish in time, and
   * `PLUGIN_CONFIG_INVALID` or `PLUGIN_OPTION_INVALID` if the result of `change`
   * cannot be stored. The file is then left unchanged.
   */
  async update(
    change: StateChange,
    options: StateUpdateOptions = {},
  ): Promise<StateSnapshot> {
    const { signal, unrecorded } = options;
    return await this.#change(
      (current) => applyChange(current, change, unrecorded),
      signal,
    );
  }

  /**
   * Removes the marks of plugins whose decisions are recorded. Needs the
   * permissions of a change.
   *
   * @param ids The plugins.
   * @param options Options.
   * @throws {PluginError} As `update` does. The file is then left unchanged.
   */
  async markRecorded(
    ids: readonly string[],
    options: StateOptions = {},
  ): Promise<void> {
    await this.#change(
      (current) => applyRecorded(current, ids),
      options.signal,
    );
  }

  /**
   * Replaces the whole content by the state of another store, for a host that
   * keeps a copy of it. Needs the permissions of a change.
   *
   * @param snapshot The state of the other store. Its marks are left out.
   * @param readAt The time at which it was read: ISO 8601, UTC.
   * @param options Options.
   * @throws {PluginError} As `update` does. The file is then left unchanged.
   */
  async replace(
    snapshot: StateSnapshot,
    readAt: string,
    options: StateOptions = {},
  ): Promise<void> {
    await this.#change(() => toCopy(snapshot, readAt), options.signal);
  }

  /**
   * Calls a function once, and again after each change of the file by any
   * process. Needs `read` permission for the directory of the file.
   *
   * @param hint The function. It must not throw.
   * @param options Options.
   * @returns The subscription; dispose it to end it.
   * @throws {PluginError} `PLUGIN_STATE_CORRUPT` if the directory cannot be
   * watched.
   */
  async watch(
    hint: () => void,
    options: StateOptions = {},
  ): Promise<AsyncDisposable> {
    options.signal?.throwIfAborted();
    return await this.#file.watch(hint);
  }

  async #change(
    step: StateStep,
    signal: AbortSignal | undefined,
  ): Promise<StateSnapshot> {
    signal?.throwIfAborted();
    using limit = new TimeoutSignal(
      this.#clock,
      this.#lockTimeout,
      () => toLockedError(this.path, this.#lockTimeout),
      signal,
    );
    using _turn = await this.#mutex.lock(limit.signal);
    return await this.#file.change(step, limit.signal, signal);
  }
}

function toLockedError(path: string, milliseconds: number): PluginError {
  return new PluginError(
    `Cannot write plugin state ${quote(path)}: another writer held its lock ` +
      `for ${milliseconds} ms`,
    {
      code: "PLUGIN_STATE_LOCKED",
      remedy: "Try again, or end the process that writes to it",
    },
  );
}
