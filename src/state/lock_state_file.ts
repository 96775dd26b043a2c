/**
 * The lock that keeps the writers of a state file apart, across processes.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { StateFile, StatePowers } from "./state_powers.ts";
import { pause } from "./wait_limit.ts";

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
 * @param powers The file system.
 * @param clock The time.
 * @param signal What ends the wait, with its reason as the rejection.
 * @returns The lock, to be disposed of.
 */
export async function lockStateFile(
  path: string,
  powers: StatePowers,
  clock: Clock,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const file = await powers.open(path, {
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
