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

interface Waiting {
  readonly due: number;
  readonly callback: () => void;
}

/** Everything that waits for the same while: who came first is due first. */
class WaitingLine {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #waiting = new Set<Waiting>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
  }

  add(callback: () => void): () => void {
    const due = this.#clock.elapsed() + this.#milliseconds;
    const waiting = { due, callback };
    this.#waiting.add(waiting);
    this.#cancel ??= this.#wake(this.#milliseconds);
    return () => {
      this.#waiting.delete(waiting);
      if (this.#waiting.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #wake(milliseconds: number): () => void {
    return this.#clock.after(milliseconds, () => {
      this.#cancel = undefined;
      this.#callDue();
    });
  }

  #callDue(): void {
    const now = this.#clock.elapsed();
    for (const waiting of this.#waiting) {
      if (waiting.due > now) {
        this.#cancel ??= this.#wake(waiting.due - now);
        return;
      }
      this.#waiting.delete(waiting);
      waiting.callback();
    }
  }
}

/**
 * Makes a clock that sets one timer for all that wait for the same while: to set
 * one is dear, and of a thousand time limits hardly any is ever reached.
 *
 * @param clock The time.
 * @returns The same time. It keeps no timer while nothing waits.
 */
export function shareTimers(clock: Clock): Clock {
  const lines = new Map<number, WaitingLine>();
  return {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    after(milliseconds, callback) {
      let line = lines.get(milliseconds);
      if (line === undefined) {
        line = new WaitingLine(clock, milliseconds);
        lines.set(milliseconds, line);
      }
      return line.add(callback);
    },
  };
}
