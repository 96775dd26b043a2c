/**
 * Tracks whose code is running. All plugins share one thread, so an unhandled
 * error does not name its plugin. The asynchronous context does.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../../base/timing.ts";
import type { CallFollower } from "../runner.ts";

/** The plugin whose code is running. */
export interface Owner {
  readonly id: string;
  /** True in a call by the host under a lease, where the host's code runs too. */
  readonly isLease: boolean;
}

/** One call into a plugin. */
interface Frame extends Owner {
  isRunning: boolean;
  /** The call that made this one, if it is running. */
  outer: Frame | undefined;
}

function nearestRunning(frame: Frame | undefined): Frame | undefined {
  let at = frame;
  while (at !== undefined && !at.isRunning) at = at.outer;
  return at;
}

export class Attribution {
  readonly #storage = new AsyncLocalStorage<Frame | undefined>();
  #isClearing = false;

  /** Runs code of a plugin. */
  async run<Value>(
    id: string,
    callback: () => Value | PromiseLike<Value>,
  ): Promise<Value> {
    const frame = this.#frame(id, false);
    try {
      return await this.#storage.run(frame, callback);
    } finally {
      frame.isRunning = false;
      this.#clear();
    }
  }

  /**
   * Runs code of the host that uses a plugin. Its later callbacks belong to the
   * plugin, but the call itself may wait for the host.
   */
  lease<Args extends unknown[], Result>(
    id: string,
    callback: (...args: Args) => Result,
    ...args: Args
  ): Result {
    return this.#storage.run(this.#frame(id, true), callback, ...args);
  }

  /** Runs code of the host, even if it is called by a plugin. */
  outside<Result>(callback: () => Result): Result {
    return this.#storage.run(undefined, callback);
  }

  // Deno 2.9 runs everything without a context in that of the last import, even
  // one made by a plugin. This callback has no context either.
  #clear(): void {
    if (this.#isClearing) return;
    this.#isClearing = true;
    AbortSignal.timeout(0).addEventListener("abort", () => {
      this.#isClearing = false;
      this.#storage.enterWith(undefined);
    }, { once: true });
  }

  #frame(id: string, isLease: boolean): Frame {
    const outer = nearestRunning(this.#storage.getStore());
    // Calls that each begin in the previous one would form an endless chain.
    if (outer !== undefined) outer.outer = nearestRunning(outer.outer);
    return { id, isLease, isRunning: !isLease, outer };
  }

  /** The plugin whose code is running, also in a later callback. */
  get owner(): Owner | undefined {
    return this.#storage.getStore();
  }

  /**
   * The plugin whose call has not settled yet. If that call waits for the host,
   * it may wait for itself. A later callback is part of the call that made it.
   */
  get running(): string | undefined {
    return nearestRunning(this.#storage.getStore())?.id;
  }
}

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
