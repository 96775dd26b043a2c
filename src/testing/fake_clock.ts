/**
 * A clock that stands still until a test moves it.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { PluginError } from "../base/errors.ts";

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** How many timers are set. */
  readonly pending: number;
  /**
   * Moves the time, and calls back what falls due on the way, the earliest
   * first; each sees the time that it is due at.
   *
   * @param milliseconds How far.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when that is not a way forward.
   */
  advance(milliseconds: number): void;
  /**
   * Waits until timers are set: what is to be called back may be some promises
   * away from setting its timer.
   *
   * @param count How many.
   * @returns A promise that is fulfilled when that many are set.
   */
  untilPending(count: number): Promise<void>;
}

/** Options of {@linkcode createFakeClock}. */
export interface FakeClockOptions {
  /**
   * The time at first, in milliseconds since the epoch.
   *
   * @default {0}
   */
  readonly now?: number;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

class StandingClock implements FakeClock {
  readonly #start: number;
  readonly #timers = new Set<Timer>();
  readonly #waiting = new Set<{ count: number; resolve: () => void }>();
  #elapsed = 0;

  constructor(start: number) {
    this.#start = start;
  }

  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, milliseconds), callback };
    this.#timers.add(timer);
    for (const waiter of this.#waiting) {
      if (this.pending < waiter.count) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
    return () => this.#timers.delete(timer);
  }

  advance(milliseconds: number): void {
    if (!(milliseconds >= 0 && milliseconds < Infinity)) {
      throw new PluginError(`Cannot advance the clock by ${milliseconds} ms`, {
        code: "PLUGIN_OPTION_INVALID",
        remedy: "Give milliseconds, 0 or more",
      });
    }
    const end = this.#elapsed + milliseconds;
    // A callback may set a timer that falls due on the way as well.
    for (
      let next = this.#nextBy(end);
      next !== undefined;
      next = this.#nextBy(end)
    ) {
      this.#timers.delete(next);
      this.#elapsed = next.at;
      next.callback();
    }
    this.#elapsed = end;
  }

  #nextBy(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) {
        next = timer;
      }
    }
    return next;
  }

  async untilPending(count: number): Promise<void> {
    if (this.pending >= count) return;
    await new Promise<void>((resolve) => this.#waiting.add({ count, resolve }));
  }
}

/**
 * Makes a clock that stands still until a test moves it, so that a time limit
 * is tested without waiting for it. Needs no permission.
 *
 * @example A callback that falls due
 * ```ts
 * import { createFakeClock } from "@semantik/plugins/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = createFakeClock();
 * const seen: number[] = [];
 * clock.after(1_000, () => seen.push(clock.now()));
 *
 * clock.advance(999);
 * assertEquals(seen, []);
 * clock.advance(1);
 * assertEquals(seen, [1_000]);
 * ```
 *
 * @param options The time at first.
 * @returns The clock: hand it over as the option `clock` of a host.
 */
export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  const { now = 0 } = options;
  return new StandingClock(now);
}
