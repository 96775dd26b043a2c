/**
 * Whose timer is running.
 *
 * When a timer throws, its asynchronous context is gone before the error is
 * reported; what the engine says before it calls the timer is what is left.
 *
 * @module
 */

import type { Attribution } from "../runners/attribution.ts";

/** Knows whose timer is running. */
export class TimerWatch implements Disposable {
  readonly #stop: () => void;
  #owner: string | undefined;

  private constructor(stop: () => void) {
    this.#stop = stop;
  }

  /**
   * Begins to watch. An engine that says nothing about timers leaves the owner
   * of each unknown.
   *
   * @param attribution Knows whose code is running.
   * @returns The watch.
   */
  static async create(attribution: Attribution): Promise<TimerWatch> {
    const { createHook } = await import("node:async_hooks");
    const hook = createHook({
      before: () => watch.#owner = attribution.current,
      after: () => watch.#owner = undefined,
    });
    const watch = new TimerWatch(() => hook.disable());
    hook.enable();
    return watch;
  }

  /**
   * The plugin whose timer was called last and did not return, where one did
   * not: the one that an error is of. Forgets it.
   *
   * @returns The plugin, or `undefined`.
   */
  takeOwner(): string | undefined {
    const owner = this.#owner;
    this.#owner = undefined;
    return owner;
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    this.#stop();
  }
}
