/**
 * A limit on how long something may take.
 *
 * @module
 */

import { afterTurning, type Clock } from "../clock.ts";

/** What became of something with a time limit. */
export type Limited<Value> =
  | { readonly kind: "settled"; readonly value: Value }
  | {
    readonly kind: "late";
    /** What it settles to in the end, if it ever does. */
    readonly eventually: Promise<Value>;
  };

/**
 * Waits for something no longer than a limit. Time in which the process was
 * stopped or blocked does not count: see {@linkcode afterTurning}.
 *
 * A promise cannot be stopped: it goes on after its limit, and whoever asked
 * gets it back to clean up after it.
 *
 * @param promise What to wait for.
 * @param milliseconds The limit.
 * @param clock The time.
 * @returns The value, or that it is late.
 * @throws what the promise rejects with, within the limit.
 */
export function withTimeLimit<Value>(
  promise: Promise<Value>,
  milliseconds: number,
  clock: Clock,
): Promise<Limited<Value>> {
  return new Promise((resolve, reject) => {
    const cancel = afterTurning(
      clock,
      milliseconds,
      () => resolve({ kind: "late", eventually: promise }),
    );
    promise.then((value) => {
      cancel();
      resolve({ kind: "settled", value });
    }, (thrown) => {
      cancel();
      reject(thrown);
    });
  });
}
