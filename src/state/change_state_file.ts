/**
 * One change of a state file, from the lock that keeps writers apart across
 * processes to the disk.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { PluginError } from "../base/errors.ts";
import { describeThrown } from "../base/text.ts";
import {
  explainNotCapable,
  type FileFault,
  findPermissionFault,
  toReadError,
  toWriteError,
  writerPermissions,
} from "./state_faults.ts";
import {
  MAX_FILE_BYTES,
  MAX_STATE_BYTES,
  readStateFile,
  type StateReader,
  writeStateFile,
} from "./state_file.ts";
import {
  locateStateFile,
  type StateFile,
  type StatePaths,
  type StateSystem,
  toStatePaths,
} from "./state_paths.ts";
import type { StateSnapshot } from "./state_store.ts";
import { formatState } from "./state_text.ts";
import { pause } from "../base/time_limit.ts";

const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 32;

// What was done under the lock is done: a failure here must not undo its name.
async function release(file: StateFile): Promise<void> {
  try {
    await file.unlock();
  } catch {
    // Closing gives the lock back as well.
  }
  try {
    file.close();
  } catch {
    // Ending the process gives it back in any case.
  }
}

/**
 * Takes a lock. The operating system takes it back when the process ends,
 * however it ends.
 *
 * @param path The lock file: made if need be, never removed.
 * @param system The file system.
 * @param clock The time.
 * @param signal What ends the wait, with its reason as the rejection.
 * @returns The lock, to be disposed of.
 */
async function lockStateFile(
  path: string,
  system: StateSystem,
  clock: Clock,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const file = await system.open(path, {
    write: true,
    create: true,
    mode: 0o600,
  });
  try {
    // A lock that waits in the operating system could not be told to give up.
    let next = FIRST_PAUSE;
    while (!await file.tryLock(true)) {
      await pause(clock, next, signal);
      next = Math.min(next * 2, LONGEST_PAUSE);
    }
  } catch (thrown) {
    file.close();
    throw thrown;
  }
  return { [Symbol.asyncDispose]: () => release(file) };
}

/** Makes the next state of the one that is stored; returns that for no change. */
export type StateStep = (current: StateSnapshot) => StateSnapshot;

/** What {@linkcode changeStateFile} works with. */
export interface ChangeTools extends StateReader {
  /** The time. */
  readonly clock: Clock;
  /** Ends the wait for the lock. */
  readonly waitSignal: AbortSignal;
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
}

async function explain(
  thrown: unknown,
  paths: StatePaths,
  system: StateSystem,
): Promise<FileFault> {
  const fault = await explainNotCapable(
    thrown,
    writerPermissions(paths),
    system,
  );
  if (fault !== undefined) return fault;
  if (thrown instanceof Deno.errors.NotFound) {
    return {
      what: "its folder does not exist",
      remedy: "Make the folder, or mount the volume that it is on",
      cause: thrown,
    };
  }
  return {
    what: describeThrown(thrown),
    remedy: "Let this process write to the file's folder, and to its disk",
    cause: thrown,
  };
}

async function locate(path: string, reader: StateReader): Promise<StatePaths> {
  const { system } = reader;
  try {
    return await locateStateFile(path, system);
  } catch (thrown) {
    // The reader knows what is wrong with a file that cannot be found.
    const read = await readStateFile(path, reader);
    if (!read.ok) throw toReadError(path, read.fault);
    const paths = toStatePaths(path, path);
    throw toWriteError(path, await explain(thrown, paths, system));
  }
}

/** The length of everything except decisions: configurations and consents. */
function weightOf({ plugins }: StateSnapshot): number {
  let weight = 0;
  for (const { config, consented } of plugins.values()) {
    for (const part of [config, consented]) {
      if (part !== undefined) weight += JSON.stringify(part).length;
    }
  }
  return weight;
}

function encode(next: StateSnapshot, current: StateSnapshot): Uint8Array {
  const bytes = new TextEncoder().encode(formatState(next));
  const { length } = bytes;
  const isFull = length > MAX_STATE_BYTES && weightOf(next) > weightOf(current);
  if (!isFull && length <= MAX_FILE_BYTES) return bytes;
  throw new PluginError(
    `Cannot store the state of plugins: it would have ${length} bytes`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: `Store at most ${MAX_STATE_BYTES} bytes`,
    },
  );
}

/**
 * Changes a state file under its lock.
 *
 * @param path The path as it was given.
 * @param step Makes the next state.
 * @param tools What it works with.
 * @returns What is stored afterwards.
 * @throws {PluginError} When the file cannot be read or written; the file is
 * then as it was.
 */
export async function changeStateFile(
  path: string,
  step: StateStep,
  tools: ChangeTools,
): Promise<StateSnapshot> {
  const { system, clock, waitSignal, signal } = tools;
  // The link itself must be readable before it can be followed.
  const unreadable = await findPermissionFault(
    { read: [path], write: [] },
    system,
  );
  if (unreadable !== undefined) throw toReadError(path, unreadable);
  const paths = await locate(path, tools);
  const missing = await findPermissionFault(writerPermissions(paths), system);
  if (missing !== undefined) throw toWriteError(path, missing);

  async function attempt<Result>(action: Promise<Result>): Promise<Result> {
    try {
      return await action;
    } catch (thrown) {
      if (waitSignal.aborted && thrown === waitSignal.reason) throw thrown;
      throw toWriteError(path, await explain(thrown, paths, system));
    }
  }

  await using _lock = await attempt(
    lockStateFile(paths.lock, system, clock, waitSignal),
  );
  const read = await readStateFile(path, tools);
  if (!read.ok) throw toReadError(path, read.fault);
  const next = step(read.snapshot);
  if (next !== read.snapshot) {
    const bytes = encode(next, read.snapshot);
    signal?.throwIfAborted();
    await attempt(writeStateFile(paths, bytes, system));
  }
  return Object.freeze({ ...next, plugins: new Map(next.plugins) });
}
