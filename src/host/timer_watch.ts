/**
 * Whose timer is running.
 *
 * When a timer throws, its asynchronous context is gone before the error is
 * reported; what the engine says before it calls the timer is what is left.
 *
 * @module
 */

import type { Attribution } from "../runners/attribution.ts";

/** A timer whose callback was called and did not return. */
export interface RunningTimer {
  /** The plugin that set it; nobody where the host did. */
  readonly owner: string | undefined;
}

/** Knows whose timer is running. */
export class TimerWatch implements Disposable {
  readonly #stop: () => void;
  #running: RunningTimer | undefined;

  private constructor(stop: () => void) {
    this.#stop = stop;
  }

  /**
   * Begins to watch. An engine that says nothing about timers has none that run.
   *
   * @param attribution Knows whose code is running.
   * @returns The watch.
   */
  static async create(attribution: Attribution): Promise<TimerWatch> {
    const { createHook } = await import("node:async_hooks");
    const hook = createHook({
      before: () => watch.#running = { owner: attribution.current },
      after: () => watch.#running = undefined,
    });
    const watch = new TimerWatch(() => hook.disable());
    hook.enable();
    return watch;
  }

  /**
   * The timer that an error is of: the one that was called last, where it did
   * not return. Forgets it, as it will not return any more.
   *
   * @returns The timer, or `undefined`.
   */
  takeRunning(): RunningTimer | undefined {
    const running = this.#running;
    this.#running = undefined;
    return running;
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    this.#stop();
  }
}
