/**
 * Waiting for a turn: one at a time, in the order of asking, and not beyond a
 * limit.
 *
 * @module
 */

import { afterTurning, type Clock } from "../clock.ts";

/** A queue whose members can leave it while they wait. */
export class TurnQueue {
  #busy = false;
  readonly #waiting = new Set<() => void>();

  /**
   * Waits until it is the caller's turn.
   *
   * @param signal What ends the wait, with its reason as the rejection.
   * @returns The turn, to be disposed of when it is over.
   */
  async enter(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#busy) await this.#wait(signal);
    this.#busy = true;
    return { [Symbol.dispose]: () => this.#leave() };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal.removeEventListener("abort", abandon);
        resolve();
      };
      const abandon = () => {
        this.#waiting.delete(start);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abandon, { once: true });
      this.#waiting.add(start);
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#busy = false;
      return;
    }
    // The queue stays busy: the turn goes from hand to hand, past newcomers.
    this.#waiting.delete(next);
    next();
  }
}

/**
 * A signal that is aborted when the time is over or the caller's own signal is.
 *
 * Disposing of it stops the time; the signal then only follows the caller's.
 */
export class WaitLimit {
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
