/** Follows calls under a lease, so that their later callbacks have an owner. */

import type { Clock } from "../../base/timing.ts";
import type { CallFollower } from "../runner.ts";
import type { Attribution } from "./attribution.ts";

// Following a call costs more than a call. This number in this period (ms) costs
// less than a thousandth of the time.
const FOLLOWED = 1_000;
const PERIOD = 1_000;

/** The number of calls that are not followed before the clock is read again. */
const SKIPPED = 64;

/** Follows as many calls as are cheap. */
export function followCalls(
  id: string,
  attribution: Attribution | undefined,
  clock: Clock,
): CallFollower {
  let left = FOLLOWED;
  let began = clock.elapsed();
  return {
    skip() {
      if (left === 0) {
        const now = clock.elapsed();
        if (now - began < PERIOD) return SKIPPED;
        began = now;
        left = FOLLOWED;
      }
      left--;
      return 0;
    },
    follow: (callback, ...args) =>
      attribution === undefined
        ? callback(...args)
        : attribution.lease(id, callback, ...args),
  };
}
