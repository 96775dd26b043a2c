/** One timer for many time limits. */

import type { Clock } from "./clock.ts";

interface Waiting {
  readonly due: number;
  readonly callback: () => void;
}

/** Everything that waits for the same time: the first to come is the first due. */
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
      // Its first is due, even if a test replaced the timers and not the clock.
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
      // Not before: what a callback adds is due after those that wait already.
      this.#cancel?.();
      this.#cancel = this.#wakeFirst();
    }
  }

  #wakeFirst(): (() => void) | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    // Timers drop fractions of a millisecond: nobody may be called early.
    const rest = Math.ceil(first.due - this.#clock.elapsed());
    return this.#wake(first.due, Math.max(rest, 0));
  }
}

/**
 * Makes a clock that sets one timer for everything that waits for the same time.
 * Setting a timer is expensive, and of a thousand time limits hardly any is ever
 * reached: it takes a sixth of the time in which 1,000 plugins boot.
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
