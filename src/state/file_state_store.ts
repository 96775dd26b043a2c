/**
 * A state that survives the process, in a file.
 *
 * @module
 */

import { type Clock, systemClock } from "../base/clock.ts";
import { requireOptions, requirePath } from "../base/argument.ts";
import { PluginError } from "../base/errors.ts";
import { changeStateFile, type StateStep } from "./change_state_file.ts";
import {
  findPermissionFault,
  toLockedError,
  toReadProblem,
  writerPermissions,
} from "./state_faults.ts";
import { readStateFile } from "./state_file.ts";
import {
  denoStateSystem,
  locateStateFile,
  type StateSystem,
  toStatePath,
  toStatePaths,
} from "./state_paths.ts";
import type {
  StateChange,
  StateOptions,
  StatePermissions,
  StateReadResult,
  StateSnapshot,
  StateStore,
  StateUpdateOptions,
} from "./state_store.ts";
import { applyChange, applyRecorded } from "./state_text.ts";
import { Mutex } from "../base/mutex.ts";
import { TimeoutSignal } from "../base/time_limit.ts";

/** How a {@linkcode FileStateStore} works. */
export interface FileStateStoreOptions {
  /**
   * How many milliseconds a change may wait for other writers, of this process
   * and of others.
   *
   * @default {10_000}
   */
  readonly lockTimeout?: number;
  /**
   * Whether a missing file is a problem, and not the first start. Set it as soon
   * as the file exists when its folder stays without it, as the mount point of
   * a volume does.
   *
   * @default {false}
   */
  readonly mustExist?: boolean;
  /**
   * The time.
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
 * Keeps the state of plugins in a file of JSON.
 *
 * - The file is at any moment the old one or the new one, whole, even after a
 *   crash: the next content goes to `<path>.tmp`, to the disk, and then takes the
 *   place of the file. A power cut, too, leaves one of the two; that it is the
 *   new one is only certain where the process may read the file's folder.
 * - Writers in all processes take turns by a lock on `<path>.lock`, which stays
 *   in place. Readers need no lock. File systems without locks cannot be used.
 * - A file that is not understood in whole is a problem and is left as it is. No
 *   file in a folder is the state in which nothing was decided. No folder, or a
 *   link to no file, is a problem.
 * - The file is readable and writable for its owner alone (`0600`), from each
 *   change anew. A link is followed, and the file that it leads to replaced.
 *
 * Reading needs `read` permission for the path. Before the first change it also
 * has to see that the folder exists, by `read` permission for the folder or by
 * `write` permission for `<path>.lock`, which it then makes. Changing needs `read` for
 * `<path>` and `<path>.tmp`, and `write` for `<path>`, `<path>.lock` and
 * `<path>.tmp`. Nobody is ever asked: what is not granted is a problem.
 *
 * @example A decision that survives
 * ```ts
 * import { FileStateStore } from "@semantik/plugins";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const store = new FileStateStore(`${folder}/plugin_state.json`);
 * await store.update(({ plugins }) =>
 *   new Map(plugins).set("x", { ...plugins.get("x"), enabled: false })
 * );
 *
 * const afterRestart = new FileStateStore(`${folder}/plugin_state.json`);
 * const state = await afterRestart.read();
 * assert(state.ok);
 * assertEquals(state.snapshot.plugins.get("x"), { enabled: false });
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export class FileStateStore implements StateStore {
  readonly #path: string;
  readonly #lockTimeout: number;
  readonly #mustExist: boolean;
  readonly #clock: Clock;
  readonly #system: StateSystem;
  readonly #queue = new Mutex();

  /**
   * Makes a store. Touches no file.
   *
   * @param path The file: a path, relative to the working directory of this
   * moment, or a `file:` URL. Its folder must exist.
   * @param options How the store works.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when the path cannot be one
   * of a file, or the time limit is none.
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
    this.#path = toStatePath(path, Deno.cwd, Deno.build.os === "windows");
    this.#lockTimeout = lockTimeout;
    this.#mustExist = mustExist;
    this.#clock = clock;
    this.#system = system;
  }

  /** The absolute path of the file, as it was given. */
  get path(): string {
    return this.#path;
  }

  /**
   * What changes need of Deno: exactly the paths that are touched. Where the
   * file is a link, these are the paths of what it leads to, as far as the link
   * may be read.
   *
   * @returns The paths to `read` and to `write`.
   */
  async permissions(): Promise<StatePermissions> {
    const asGiven = toStatePaths(this.#path, this.#path);
    const permissions = { read: [this.#path], write: [] };
    if (await findPermissionFault(permissions, this.#system) !== undefined) {
      return writerPermissions(asGiven);
    }
    try {
      return writerPermissions(
        await locateStateFile(this.#path, this.#system),
      );
    } catch {
      return writerPermissions(asGiven);
    }
  }

  /**
   * Reads the file. Needs `read` permission for it.
   *
   * @param options The signal that ends the wait.
   * @returns The state, the empty one at the first start; or the problem that
   * keeps it from being known, with the code `PLUGIN_STATE_CORRUPT`.
   */
  async read(options: StateOptions = {}): Promise<StateReadResult> {
    const { signal } = options;
    signal?.throwIfAborted();
    const result = await readStateFile(this.#path, {
      system: this.#system,
      mustExist: this.#mustExist,
    });
    signal?.throwIfAborted();
    return result.ok
      ? result
      : { ok: false, problem: toReadProblem(this.#path, result.fault) };
  }

  /**
   * Changes the file. Needs `read` permission for it and its temporary file,
   * and `write` permission for these and the lock file.
   *
   * @param change From what is stored now to what shall be.
   * @param options The signal that ends the wait, and whether to mark the
   * change. Once the writing has begun, it is finished.
   * @returns What is stored afterwards.
   * @throws {PluginError} `PLUGIN_STATE_CORRUPT` when the file cannot be read,
   * `PLUGIN_STATE_LOCKED` when other writers do not finish in time,
   * `PLUGIN_CONFIG_INVALID` or `PLUGIN_OPTION_INVALID` when what `change`
   * returned cannot be stored. The file is then as it was.
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
   * Takes away the marks of plugins whose decisions are recorded. Needs the
   * permissions of a change.
   *
   * @param ids The plugins.
   * @param options The signal that ends the wait.
   * @throws {PluginError} As `update` does. The file is then as it was.
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

  async #change(
    step: StateStep,
    signal: AbortSignal | undefined,
  ): Promise<StateSnapshot> {
    signal?.throwIfAborted();
    using limit = new TimeoutSignal(
      this.#clock,
      this.#lockTimeout,
      () => toLockedError(this.#path, this.#lockTimeout),
      signal,
    );
    using _turn = await this.#queue.lock(limit.signal);
    return await changeStateFile(this.#path, step, {
      system: this.#system,
      mustExist: this.#mustExist,
      clock: this.#clock,
      waitSignal: limit.signal,
      signal,
    });
  }
}
