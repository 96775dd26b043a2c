/** Clocks, time limits, and waiting. */

/** The time, passed in so that tests of time limits need not wait. */
export interface Clock {
  /** Returns milliseconds since the epoch, for time stamps. */
  now(): number;
  /** Returns milliseconds that never go backwards, for durations. */
  elapsed(): number;
  /**
   * Calls a function once after some time.
   *
   * @param milliseconds The time to wait.
   * @param callback The function.
   * @returns A function that cancels it.
   */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** The time that an operation took. */
export interface Timing {
  /** Milliseconds since the epoch. */
  readonly began: number;
  /** Milliseconds. */
  readonly duration: number;
}

/** Begins to time an operation. Returns a function that ends it. */
export function startTiming(
  clock: Pick<Clock, "now" | "elapsed">,
): () => Timing {
  const began = clock.now();
  const start = clock.elapsed();
  return () => ({ began, duration: Math.max(0, clock.elapsed() - start) });
}

// A timer of a process that is merely busy is at most this late, in milliseconds.
const USUAL_DELAY = 100;

/**
 * Calls a function after a time limit. When the timer is late, the process was
 * stopped or its event loop blocked, and nobody could meet the limit: it then
 * starts again, once. Returns a function that cancels it.
 */
export function startTimeLimit(
  clock: Clock,
  milliseconds: number,
  callback: () => void,
): () => void {
  const due = clock.elapsed() + milliseconds;
  const usual = Math.min(USUAL_DELAY, milliseconds / 10);
  let cancel = clock.after(milliseconds, () => {
    if (clock.elapsed() - due <= usual) return callback();
    cancel = clock.after(milliseconds, callback);
  });
  return () => cancel();
}

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

interface Waiting {
  readonly due: number;
  readonly callback: () => void;
}

/** Everything that waits for the same time: the first to come is the first due. */
class WaitingLine {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #waiting = new Set<Waiting>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
  }

  add(callback: () => void): () => void {
    const due = this.#clock.elapsed() + this.#milliseconds;
    const waiting = { due, callback };
    this.#waiting.add(waiting);
    this.#cancel ??= this.#wake(due, this.#milliseconds);
    return () => {
      this.#waiting.delete(waiting);
      if (this.#waiting.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #wake(due: number, milliseconds: number): () => void {
    return this.#clock.after(milliseconds, () => {
      // Its first is due, even if a test replaced the timers and not the clock.
      this.#callDue(Math.max(due, this.#clock.elapsed()));
    });
  }

  #callDue(now: number): void {
    try {
      for (const waiting of [...this.#waiting]) {
        if (waiting.due > now) break;
        if (this.#waiting.delete(waiting)) waiting.callback();
      }
    } finally {
      // Not before: what a callback adds is due after those that wait already.
      this.#cancel?.();
      this.#cancel = this.#wakeFirst();
    }
  }

  #wakeFirst(): (() => void) | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    // Timers drop fractions of a millisecond: nobody may be called early.
    const rest = Math.ceil(first.due - this.#clock.elapsed());
    return this.#wake(first.due, Math.max(rest, 0));
  }
}

/**
 * Makes a clock that sets one timer for everything that waits for the same time.
 * Setting a timer is expensive, and of a thousand time limits hardly any is ever
 * reached: it takes a sixth of the time in which 1,000 plugins boot.
 */
export function shareTimers(clock: Clock): Clock {
  const lines = new Map<number, WaitingLine>();
  return {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    after(milliseconds, callback) {
      let line = lines.get(milliseconds);
      if (line === undefined) {
        line = new WaitingLine(clock, milliseconds);
        lines.set(milliseconds, line);
      }
      return line.add(callback);
    },
  };
}

/** A fair mutex whose waiters can give up. */
export class Mutex {
  #isLocked = false;
  readonly #waiting = new Set<() => void>();

  /** Waits for the lock; `signal` ends the wait, with its reason. Dispose the result to unlock. */
  async lock(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#isLocked) await this.#wait(signal);
    this.#isLocked = true;
    return { [Symbol.dispose]: () => this.#unlock() };
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

  #unlock(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#isLocked = false;
      return;
    }
    // The mutex stays locked: it passes to the next waiter, not to a newcomer.
    this.#waiting.delete(next);
    next();
  }
}

/**
 * Waits for the next turn of the event loop; Deno reports unhandled rejections at
 * the end of a turn. It uses a channel because tests replace timers.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
