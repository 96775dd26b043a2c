import { FrameWriter } from "./frames.ts";
import type { FrameLimits } from "./wire_format.ts";

// Items follow each other within some microtasks: waiting for them saves writes.
const LAZY_TURNS = 8;
// More than fits into a pipe, less than memory is worth.
const CONGESTED_BYTES = 1_048_576;

type Send = (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>;

/** Writes frames, and as many of them at once as there are. */
export class Outbox {
  readonly #writer: FrameWriter;
  readonly #send: Send;
  readonly #onFailure: (error: unknown) => void;
  #isScheduled = false;
  #turns = 0;
  /** The bytes that are being written. */
  #sending = 0;
  #isStopped = false;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(
    mark: Uint8Array,
    send: Send,
    onFailure: (error: unknown) => void,
  ) {
    this.#writer = new FrameWriter(mark);
    this.#send = send;
    this.#onFailure = onFailure;
  }

  /** The bytes that are not written yet. */
  get length(): number {
    return this.#writer.length + this.#sending;
  }

  /**
   * Adds a frame, whose segments it copies. Returns its bytes, or `undefined` if
   * it exceeds the limits. A lazy frame waits for others of the same turn.
   */
  add(
    head: string,
    segments: readonly Uint8Array[],
    limits: FrameLimits,
    isLazy: boolean,
  ): number | undefined {
    if (this.#isStopped) return 0;
    const bytes = this.#writer.add(head, segments, limits);
    this.#turns = isLazy ? LAZY_TURNS : 0;
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(this.#turn);
    }
    return bytes;
  }

  /** Returns a promise if much is not written yet. */
  drained(): Promise<void> | undefined {
    if (this.length <= CONGESTED_BYTES || this.#isStopped) return undefined;
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  stop(): void {
    this.#isStopped = true;
    this.#drained?.resolve();
  }

  readonly #turn = (): void => {
    if (this.#turns-- > 0) return queueMicrotask(this.#turn);
    this.#isScheduled = false;
    this.#flush();
  };

  #flush(): void {
    if (this.#isStopped || this.#sending > 0 || this.#writer.length === 0) {
      return;
    }
    const bytes = this.#writer.take();
    try {
      const sent = this.#send(bytes);
      if (sent === undefined) return this.#sent(bytes);
      this.#sending = bytes.length;
      sent.then(() => {
        this.#sending = 0;
        this.#sent(bytes);
        this.#flush();
      }).catch((error) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  #sent(bytes: Uint8Array<ArrayBuffer>): void {
    this.#writer.recycle(bytes);
    if (this.#drained === undefined || this.length > CONGESTED_BYTES) return;
    this.#drained.resolve();
    this.#drained = undefined;
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.stop();
    this.#onFailure(error);
  }
}
