/**
 * A limit on how long something may take.
 *
 * @module
 */

import { afterTurning, type Clock } from "./clock.ts";

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

/**
 * A signal that is aborted when the time is over or the caller's own signal is.
 *
 * Disposing of it stops the time; the signal then only follows the caller's.
 */
export class TimeoutSignal {
  /** What every wait under the limit listens to. */
  readonly signal: AbortSignal;
  readonly #cancel: () => void;

  /**
   * Starts the time.
   *
   * @param clock The time.
   * @param milliseconds How long the waits may take together.
   * @param reason Makes what they reject with when the time is over.
   * @param signal The caller's own signal.
   */
  constructor(
    clock: Clock,
    milliseconds: number,
    reason: () => Error,
    signal: AbortSignal | undefined,
  ) {
    const controller = new AbortController();
    this.signal = signal === undefined
      ? controller.signal
      : AbortSignal.any([signal, controller.signal]);
    this.#cancel = afterTurning(
      clock,
      milliseconds,
      () => controller.abort(reason()),
    );
  }

  /** Stops the time. */
  [Symbol.dispose](): void {
    this.#cancel();
  }
}

/**
 * Waits for a while.
 *
 * @param clock The time.
 * @param milliseconds How long.
 * @param signal What ends the wait early, with its reason as the rejection.
 */
export async function pause(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cancel = clock.after(milliseconds, resolve);
  const abandon = () => reject(signal.reason);
  signal.addEventListener("abort", abandon, { once: true });
  try {
    await promise;
  } finally {
    cancel();
    signal.removeEventListener("abort", abandon);
  }
}
