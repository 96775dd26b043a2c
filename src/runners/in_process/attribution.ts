/**
 * Which plugin's code is running.
 *
 * All plugins share one thread, so an error that nobody awaits does not say
 * whose it is. What runs inside {@linkcode Attribution.run}, and every callback
 * it leaves behind, carries its plugin's id.
 *
 * @module
 */

/** The plugin whose code is running. */
export interface Owner {
  /** The plugin. */
  readonly id: string;
  /** True in a call of the host under a lease, in which its own code runs too. */
  readonly isLease: boolean;
}

/** One call into a plugin. */
interface Frame extends Owner {
  isRunning: boolean;
  /** The call that this one was made from, where that runs. */
  outer: Frame | undefined;
}

interface FrameStorage {
  run<R, Args extends unknown[]>(
    store: Frame | undefined,
    callback: (...args: Args) => R,
    ...args: Args
  ): R;
  enterWith(store: Frame | undefined): void;
  getStore(): Frame | undefined;
}

function nearestRunning(frame: Frame | undefined): Frame | undefined {
  let at = frame;
  while (at !== undefined && !at.isRunning) at = at.outer;
  return at;
}

/** Knows whose code is running. */
export class Attribution {
  readonly #storage: FrameStorage;
  #isClearing = false;

  private constructor(storage: FrameStorage) {
    this.#storage = storage;
  }

  /**
   * Makes one. The engine's part of it is loaded at the first call, so that a
   * process that never loads a plugin does not pay for it.
   *
   * @returns The attribution.
   */
  static async create(): Promise<Attribution> {
    const { AsyncLocalStorage } = await import("node:async_hooks");
    return new Attribution(new AsyncLocalStorage<Frame>());
  }

  /**
   * Runs code of a plugin.
   *
   * @param id The plugin.
   * @param callback What runs its code.
   * @returns What the code settled to.
   */
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
   * Calls the host's own code that uses a plugin. What the call leaves behind is
   * the plugin's; the call itself may wait for the host.
   *
   * @param id The plugin.
   * @param callback The call.
   * @param args Its arguments.
   * @returns What it returns.
   */
  lease<Args extends unknown[], Result>(
    id: string,
    callback: (...args: Args) => Result,
    ...args: Args
  ): Result {
    return this.#storage.run(this.#frame(id, true), callback, ...args);
  }

  /**
   * Calls code of the host from wherever a plugin's code stands.
   *
   * @param callback The code.
   * @returns What it returns.
   */
  outside<Result>(callback: () => Result): Result {
    return this.#storage.run(undefined, callback);
  }

  // Deno 2.9 runs all that has no context of its own in that of the last import,
  // also of one that a plugin makes. This callback has no context, either.
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
    // Calls that each begin in the one before would form an endless chain.
    if (outer !== undefined) outer.outer = nearestRunning(outer.outer);
    return { id, isLease, isRunning: !isLease, outer };
  }

  /** The plugin whose code is running, also in a callback that it left behind. */
  get owner(): Owner | undefined {
    return this.#storage.getStore();
  }

  /** The id of that plugin. */
  get current(): string | undefined {
    return this.owner?.id;
  }

  /**
   * The plugin whose call has not settled yet: who waits for the host from
   * there may wait for itself. What a call left behind is still part of the
   * call that it was made from.
   */
  get running(): string | undefined {
    return nearestRunning(this.#storage.getStore())?.id;
  }
}
