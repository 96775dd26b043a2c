import { type Clock, startTimeLimit } from "./clock.ts";

export type Limited<Value> =
  | { readonly kind: "settled"; readonly value: Value }
  | {
    readonly kind: "late";
    /** Settles as the promise that is late, if that ever does. */
    readonly eventually: Promise<Value>;
  };

/**
 * Waits for a promise no longer than a limit. A promise cannot be stopped, so the
 * caller gets one that is late back, to clean up after it.
 *
 * @throws the rejection of the promise, within the limit.
 */
export function withTimeLimit<Value>(
  promise: Promise<Value>,
  milliseconds: number,
  clock: Clock,
): Promise<Limited<Value>> {
  return new Promise((resolve, reject) => {
    const cancel = startTimeLimit(
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
 * A signal that aborts with the caller's own signal, or when a limit for all waits
 * together is over. Disposing it stops the time.
 */
export class TimeoutSignal {
  readonly signal: AbortSignal;
  readonly #cancel: () => void;

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
    this.#cancel = startTimeLimit(
      clock,
      milliseconds,
      () => controller.abort(reason()),
    );
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }
}

/** Waits for some time. Aborting the signal rejects with its reason. */
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
