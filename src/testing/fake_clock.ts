import type { Clock } from "../base/timing.ts";
import { PluginError } from "../base/errors.ts";

/** A clock that moves only when a test advances it. */
export interface FakeClock extends Clock {
  /** The number of timers that are set. */
  readonly pending: number;
  /**
   * Advances the time, and calls the callbacks that are due, the earliest first.
   * Each sees the time at which it is due.
   *
   * @param milliseconds The time to advance, 0 or more.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when the time is negative or
   * not finite.
   */
  advance(milliseconds: number): void;
  /**
   * Waits until a number of timers are set. The code under test may await some
   * promises before it sets its timer.
   *
   * @param count The number of timers.
   * @returns A promise that is fulfilled when that many are set.
   */
  untilPending(count: number): Promise<void>;
}

/** Options of {@linkcode createFakeClock}. */
export interface FakeClockOptions {
  /**
   * The start time, in milliseconds since the epoch.
   *
   * @default {0}
   */
  readonly now?: number;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

class ManualClock implements FakeClock {
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
    // A callback may set another timer that is due.
    for (let next; (next = this.#nextBy(end)) !== undefined;) {
      this.#timers.delete(next);
      this.#elapsed = next.at;
      next.callback();
    }
    this.#elapsed = end;
  }

  #nextBy(end: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= end)
      .sort((one, other) => one.at - other.at)[0];
  }

  async untilPending(count: number): Promise<void> {
    if (this.pending >= count) return;
    await new Promise<void>((resolve) => this.#waiting.add({ count, resolve }));
  }
}

/**
 * Creates a clock that moves only when a test advances it, so that a time limit
 * is tested without waiting. Needs no permission.
 *
 * @example Advancing to a callback
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
 * @param options The start time.
 * @returns The clock, for the option `clock` of a host.
 */
export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  const { now = 0 } = options;
  return new ManualClock(now);
}
