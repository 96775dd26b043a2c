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
}

interface FrameStorage {
  run<R>(store: Frame, callback: () => R): R;
  getStore(): Frame | undefined;
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
    const frame: Frame = { id, isRunning: true };
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
   * there may wait for itself.
   */
  get running(): string | undefined {
    const frame = this.#storage.getStore();
    return frame?.isRunning === true ? frame.id : undefined;
  }
}
