/**
 * Time as a power that is handed in, so that time limits are tested without
 * waiting for them.
 *
 * @module
 */

/** What this package asks of time. */
export interface Clock {
  /** Milliseconds since the epoch: for time stamps. */
  now(): number;
  /** Milliseconds that never go backwards: for durations. */
  elapsed(): number;
  /**
   * Calls back once after a while.
   *
   * @param milliseconds How long to wait.
   * @param callback What to call.
   * @returns A function that cancels it.
   */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The time of this process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** How late a timer goes off in a process that is merely busy, in milliseconds. */
const USUAL_DELAY = 100;

/**
 * Calls back once after a limit in which the event loop turned: when the timer
 * goes off late, the process was stopped or somebody blocked it, and nobody
 * could meet the limit. The limit then begins once more, and only once.
 *
 * @param clock The time.
 * @param milliseconds The limit.
 * @param callback What to call.
 * @returns A function that cancels it.
 */
export function afterTurning(
  clock: Clock,
  milliseconds: number,
  callback: () => void,
): () => void {
  const due = clock.elapsed() + milliseconds;
  const usual = Math.min(USUAL_DELAY, milliseconds / 10);
  let cancel = clock.after(milliseconds, () => {
    if (clock.elapsed() - due <= usual) return callback();
    cancel = clock.after(milliseconds, callback);
  });
  return () => cancel();
}
