/** The time, passed in so that tests of time limits need not wait. */
export interface Clock {
  /** Returns milliseconds since the epoch, for time stamps. */
  now(): number;
  /** Returns milliseconds that never go backwards, for durations. */
  elapsed(): number;
  /**
   * Calls a function once after some time.
   *
   * @param milliseconds The time to wait.
   * @param callback The function.
   * @returns A function that cancels it.
   */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

// A timer of a process that is merely busy is at most this late, in milliseconds.
const USUAL_DELAY = 100;

/**
 * Calls a function after a time limit. When the timer is late, the process was
 * stopped or its event loop blocked, and nobody could meet the limit: it then
 * starts again, once. Returns a function that cancels it.
 */
export function startTimeLimit(
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
