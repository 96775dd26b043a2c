import { type LimitsInForce, mostCallBytes } from "./channel_limits.ts";

/** A message that waits until it may be sent. */
export interface Queued {
  /** Its place in the queue, which sets it. */
  place: number | undefined;
  /** Sends it and returns its bytes, or `undefined` if it failed. */
  send(): number | undefined;
  reject(error: unknown): void;
}

/**
 * Messages that may not be sent yet, in their order. The first of a `Set` is found
 * after all that were deleted, and shifting a large array moves it.
 */
class Queue {
  readonly #messages: (Queued | undefined)[] = [];
  /** The index of the first message that may still wait. */
  #first = 0;
  /** The messages that were cut off the front. */
  #gone = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(message: Queued): void {
    message.place = this.#gone + this.#messages.push(message) - 1;
    this.#size++;
  }

  shift(): Queued | undefined {
    while (this.#first < this.#messages.length) {
      const message = this.#messages[this.#first];
      if (message !== undefined) this.delete(message);
      if (++this.#first * 2 > this.#messages.length) {
        this.#messages.splice(0, this.#first);
        this.#gone += this.#first;
        this.#first = 0;
      }
      if (message !== undefined) return message;
    }
    return undefined;
  }

  delete(message: Queued): boolean {
    const { place } = message;
    if (place === undefined) return false;
    message.place = undefined;
    this.#messages[place - this.#gone] = undefined;
    this.#size--;
    return true;
  }
}

/** Sends so many messages at once as the other process allows, and queues the rest. */
export class CallLane {
  readonly #limits: LimitsInForce;
  readonly #queue = new Queue();
  #open = 0;
  #bytes = 0;

  constructor(limits: LimitsInForce) {
    this.#limits = limits;
  }

  /** The messages that wait. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Sends a message, or returns `false` and sends it later. */
  start(message: Queued): boolean {
    if (this.#queue.size === 0 && this.#mayStart()) {
      this.#send(message);
      return true;
    }
    this.#queue.push(message);
    return false;
  }

  /** Removes a message that waits. Returns `false` if it was sent. */
  withdraw(message: Queued): boolean {
    return this.#queue.delete(message);
  }

  /** Ends what a message began, and sends others. */
  end(bytes: number): void {
    this.#open--;
    this.#bytes -= bytes;
    while (this.#queue.size > 0 && this.#mayStart()) {
      const message = this.#queue.shift();
      if (message !== undefined) this.#send(message);
    }
  }

  /** Rejects every message that waits. */
  close(reason: unknown): void {
    for (
      let message = this.#queue.shift();
      message !== undefined;
      message = this.#queue.shift()
    ) message.reject(reason);
  }

  #mayStart(): boolean {
    const { outgoing } = this.#limits;
    return this.#open < outgoing.calls && this.#bytes < mostCallBytes(outgoing);
  }

  #send(message: Queued): void {
    const bytes = message.send();
    if (bytes === undefined) return;
    this.#open++;
    this.#bytes += bytes;
  }
}
