/** Follows calls under a lease, so that their later callbacks have an owner. */

import type { Clock } from "../../base/clock.ts";
import type { CallFollower } from "../runner.ts";
import type { Attribution } from "./attribution.ts";

// Following a call costs more than a call. This number in this period (ms) costs
// less than a thousandth of the time.
const FOLLOWED = 1_000;
const PERIOD = 1_000;

/** The number of calls that are not followed before the clock is read again. */
const SKIPPED = 64;

export class FollowedCalls implements CallFollower {
  readonly #id: string;
  readonly #attribution: Attribution | undefined;
  readonly #clock: Clock;
  #left = FOLLOWED;
  #began: number;

  constructor(
    id: string,
    attribution: Attribution | undefined,
    clock: Clock,
  ) {
    this.#id = id;
    this.#attribution = attribution;
    this.#clock = clock;
    this.#began = clock.elapsed();
  }

  skip(): number {
    if (this.#left === 0) {
      const now = this.#clock.elapsed();
      if (now - this.#began < PERIOD) return SKIPPED;
      this.#began = now;
      this.#left = FOLLOWED;
    }
    this.#left--;
    return 0;
  }

  follow<Args extends unknown[], Result>(
    callback: (...args: Args) => Result,
    ...args: Args
  ): Result {
    return this.#attribution === undefined
      ? callback(...args)
      : this.#attribution.lease(this.#id, callback, ...args);
  }
}
