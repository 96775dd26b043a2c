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
