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
    this.#cancel ??= this.#wake(due, this.#milliseconds);
    return () => {
      this.#waiting.delete(waiting);
      if (this.#waiting.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #wake(due: number, milliseconds: number): () => void {
    return this.#clock.after(milliseconds, () => {
      // What it was set for is due, also where a test holds the timers and not
      // the clock.
      this.#callDue(Math.max(due, this.#clock.elapsed()));
    });
  }

  #callDue(now: number): void {
    try {
      for (const waiting of [...this.#waiting]) {
        if (waiting.due > now) break;
        if (this.#waiting.delete(waiting)) waiting.callback();
      }
    } finally {
      // Not before: what a callback sets is due after those that wait already.
      this.#cancel?.();
      this.#cancel = this.#wakeFirst();
    }
  }

  #wakeFirst(): (() => void) | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    // Timers leave out parts of a millisecond: nobody is called back early.
    const rest = Math.ceil(first.due - this.#clock.elapsed());
    return this.#wake(first.due, Math.max(rest, 0));
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
