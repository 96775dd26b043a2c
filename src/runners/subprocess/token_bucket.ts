import type { Clock } from "../../base/timing.ts";

/** Allows so many messages a second, and as many at once. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;
  #wake: (() => void) | undefined;

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#tokens = perSecond;
    this.#filledAt = clock.elapsed();
  }

  /** Takes tokens. There may be too few: `refilled()` waits for them. */
  take(tokens: number): void {
    this.#fill();
    this.#tokens -= tokens;
  }

  /** Adds what time has brought. What does not fit is lost. */
  #fill(): void {
    const now = this.#clock.elapsed();
    const gained = (now - this.#filledAt) * this.#perSecond / 1_000;
    this.#filledAt = now;
    this.#tokens = Math.min(this.#tokens + gained, this.#perSecond);
  }

  /** Returns a promise unless there are tokens. */
  refilled(): Promise<void> | undefined {
    if (this.#tokens >= 0) return undefined;
    this.#fill();
    if (this.#tokens >= 0) return undefined;
    const missing = Math.ceil(-this.#tokens / this.#perSecond * 1_000);
    return new Promise((resolve) => {
      const cancel = this.#clock.after(missing, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Lets everyone who waits go on. */
  stop(): void {
    this.#tokens = Infinity;
    this.#wake?.();
  }
}
