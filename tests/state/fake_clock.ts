/** A clock that stands still until a test moves it. */

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();
  #watcher: { count: number; resolve: () => void } | undefined;

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    if (this.#watcher && this.#timers.size >= this.#watcher.count) {
      this.#watcher.resolve();
      this.#watcher = undefined;
    }
    return () => this.#timers.delete(timer);
  }

  /** The number of pending timers. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Waits until that many timers are set. */
  async settled(count: number): Promise<void> {
    if (this.#timers.size >= count) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watcher = { count, resolve };
    await promise;
  }

  /** Moves the time, and calls back what is due. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at > this.#now) continue;
      if (this.#timers.delete(timer)) timer.callback();
    }
  }
}
import type { Clock } from "@semantik/plugins";
