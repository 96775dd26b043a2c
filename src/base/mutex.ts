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
