/**
 * One at a time, in the order of asking, within this process.
 *
 * @module
 */

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
