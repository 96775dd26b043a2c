/**
 * Which plugin's code is running.
 *
 * All plugins share one thread, so an error that nobody awaits does not say
 * whose it is. What runs inside {@linkcode Attribution.run}, and every callback
 * it leaves behind, carries its plugin's id.
 *
 * @module
 */

/** One call into a plugin. */
interface Frame {
  readonly id: string;
  isRunning: boolean;
  /** The call that this one was made from, where that runs. */
  outer: Frame | undefined;
}

interface FrameStorage {
  run<R>(store: Frame, callback: () => R): R;
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
    const outer = nearestRunning(this.#storage.getStore());
    // Calls that each begin in the one before would form an endless chain.
    if (outer !== undefined) outer.outer = nearestRunning(outer.outer);
    const frame: Frame = { id, isRunning: true, outer };
    try {
      return await this.#storage.run(frame, callback);
    } finally {
      frame.isRunning = false;
    }
  }

  /** The plugin whose code is running, also in a callback that it left behind. */
  get current(): string | undefined {
    return this.#storage.getStore()?.id;
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
