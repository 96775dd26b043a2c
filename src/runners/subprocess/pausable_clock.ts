import type { Clock } from "../../base/timing.ts";

interface Waiting {
  readonly callback: () => void;
  /** The milliseconds that are left, as of the last start of its timer. */
  left: number;
  startedAt: number;
  cancel: () => void;
}

/** A clock that can stand still, and with it every time limit that it measures. */
export class PausableClock implements Clock {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #pauses = 0;
  #pausedAt = 0;
  /** The milliseconds that it stood still. */
  #lost = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    const now = this.#pauses > 0 ? this.#pausedAt : this.#clock.elapsed();
    return now - this.#lost;
  }

  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const waiting: Waiting = {
      callback,
      left: milliseconds,
      startedAt: this.elapsed(),
      cancel: () => {},
    };
    this.#waiting.add(waiting);
    if (this.#pauses === 0) this.#start(waiting);
    return () => {
      this.#waiting.delete(waiting);
      waiting.cancel();
    };
  }

  #start(waiting: Waiting): void {
    waiting.startedAt = this.elapsed();
    waiting.cancel = this.#clock.after(waiting.left, () => {
      this.#waiting.delete(waiting);
      waiting.callback();
    });
  }

  /** Stands still until `resume()` was called as often. */
  pause(): void {
    if (this.#pauses++ > 0) return;
    this.#pausedAt = this.#clock.elapsed();
    for (const waiting of this.#waiting) {
      waiting.cancel();
      const past = this.elapsed() - waiting.startedAt;
      waiting.left = Math.max(0, waiting.left - past);
    }
  }

  resume(): void {
    if (--this.#pauses > 0) return;
    this.#lost += this.#clock.elapsed() - this.#pausedAt;
    for (const waiting of this.#waiting) this.#start(waiting);
  }
}
