import type { LocalIteration } from "./iterations.ts";

/** A call, as the method that serves it sees it. */
export interface ServeContext {
  /** Aborted when the caller no longer waits. */
  readonly signal: AbortSignal;
}

/** A call or an iteration of the other process that is under way. */
export class ServedCall implements ServeContext {
  /** The bytes of its message. */
  readonly bytes: number;
  iteration: LocalIteration | undefined;
  // Most methods never ask for it.
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) {
        this.#controller.abort(this.#aborted.reason);
      }
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }

  /** @throws {Violation} when it allows too many items. */
  grant(items: number): void {
    this.iteration?.grant(items);
  }

  leave(): void {
    this.iteration?.leave();
  }

  close(reason: unknown): void {
    this.abort(reason);
    this.iteration?.leave();
  }
}
