/** Iteration over a pipe: items flow only as far as the consumer gave credit. */

import type { OutgoingIteration } from "./outgoing_calls.ts";
import { Violation } from "./violation.ts";

/** The items that a consumer asks for before it takes the first. */
export const DEFAULT_CREDIT = 16;
// Nobody needs more, and a hostile consumer asks for it.
const MOST_CREDIT = 1_024;
/** The time for a producer that is inside a step to leave, in milliseconds. */
export const LEAVE_PATIENCE = 100;

/** Sends the consumer's messages. */
export interface ConsumerPort {
  /** Throws if there is nothing to iterate over any more. */
  open(iteration: RemoteIteration, credit: number): OutgoingIteration;
  /** The iteration needs nothing of the other process any more. */
  release(): void;
}

type Result = IteratorResult<unknown, unknown>;

/** The consumer's end of an iteration. */
export class RemoteIteration implements AsyncIterableIterator<unknown> {
  readonly #port: ConsumerPort;
  readonly #credit: number;
  #outgoing: OutgoingIteration | undefined;
  #state: "new" | "open" | "left" | "ended" = "new";
  /** The items that may still come. */
  #owed = 0;
  /** The items that were taken since credit was last given. */
  #taken = 0;
  readonly #items: unknown[] = [];
  readonly #waiting: PromiseWithResolvers<Result>[] = [];
  readonly #ended = Promise.withResolvers<unknown>();
  #failure: { readonly error: unknown } | undefined;
  #returned: unknown;

  constructor(port: ConsumerPort, credit: number) {
    this.#port = port;
    this.#credit = credit;
    // A consumer that does not wait for the end learns of it by its next step.
    this.#ended.promise.catch(() => {});
  }

  next(): Promise<Result> {
    if (this.#items.length > 0) {
      const value = this.#items.shift();
      this.#take();
      return Promise.resolve({ done: false, value });
    }
    if (this.#state === "ended") return this.#finish();
    if (this.#state === "left") return done(undefined);
    const waiting = Promise.withResolvers<Result>();
    this.#waiting.push(waiting);
    if (this.#state === "new") {
      this.#state = "open";
      this.#owed = this.#credit;
      try {
        this.#outgoing = this.#port.open(this, this.#credit);
      } catch (error) {
        this.reject(error);
      }
    }
    return waiting.promise;
  }

  async return(value?: unknown): Promise<Result> {
    const state = this.#state;
    this.#items.length = 0;
    if (state === "new") {
      this.#state = "ended";
      this.#port.release();
    } else if (state !== "ended") {
      this.#state = "left";
      for (const waiting of this.#waiting.splice(0)) {
        waiting.resolve({ done: true, value: undefined });
      }
      if (state === "open") this.#outgoing?.leave();
      await this.#ended.promise;
    }
    this.#failure = undefined;
    this.#returned = undefined;
    return { done: true, value };
  }

  async throw(error?: unknown): Promise<Result> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /**
   * Receives an item.
   *
   * @throws {Violation} when it was not asked for.
   */
  push(value: unknown): void {
    if (this.#owed === 0) {
      throw new Violation("an iteration has more items than were asked for");
    }
    this.#owed--;
    if (this.#state !== "open") return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#items.push(value);
      return;
    }
    this.#take();
    waiting.resolve({ done: false, value });
  }

  /** Receives the end. */
  resolve(value: unknown): void {
    this.#returned = value;
    this.#end();
    this.#ended.resolve(value);
  }

  /** Receives an error instead of the end. */
  reject(error: unknown): void {
    this.#failure = { error };
    this.#end();
    this.#ended.reject(error);
  }

  #end(): void {
    this.#state = "ended";
    this.#port.release();
    for (const waiting of this.#waiting.splice(0)) {
      waiting.resolve(this.#finish());
    }
  }

  #take(): void {
    this.#taken++;
    // Half of the credit is still under way: neither side waits for the other.
    if (this.#state !== "open" || this.#taken * 2 < this.#credit) return;
    this.#owed += this.#taken;
    this.#outgoing?.grant(this.#taken);
    this.#taken = 0;
  }

  #finish(): Promise<Result> {
    const failure = this.#failure;
    const value = this.#returned;
    this.#failure = undefined;
    this.#returned = undefined;
    return failure === undefined ? done(value) : Promise.reject(failure.error);
  }
}

function done(value: unknown): Promise<Result> {
  return Promise.resolve({ done: true, value });
}

/** Sends the producer's messages. */
export interface ProducerPort {
  /** Sends an item. Returns a promise if others have to be sent first. */
  item(value: unknown): Promise<void> | undefined;
  end(value: unknown): void;
  fail(error: unknown): void;
  /** Calls a function after some time. Returns a function that cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

interface Steps {
  next(): unknown;
  return?(): unknown;
}

function stepsOf(iterable: object): Steps {
  const make: unknown = Reflect.get(iterable, Symbol.asyncIterator);
  const steps: unknown = typeof make === "function"
    ? Reflect.apply(make, iterable, [])
    : iterable;
  if (!isSteps(steps)) throw new TypeError("The value is not async iterable");
  return steps;
}

function isSteps(value: unknown): value is Steps {
  return typeof value === "object" && value !== null && "next" in value &&
    typeof value.next === "function";
}

function isResult(value: unknown): value is Readonly<Result> {
  return typeof value === "object" && value !== null;
}

/** The producer's end of an iteration. */
export class LocalIteration {
  readonly #port: ProducerPort;
  #steps: Steps | undefined;
  #credit = 0;
  #wake: (() => void) | undefined;
  #isLeft = false;
  #isStepping = false;
  #isOver = false;

  constructor(port: ProducerPort) {
    this.#port = port;
  }

  /**
   * Allows more items.
   *
   * @throws {Violation} when it allows too many.
   */
  grant(items: number): void {
    this.#credit += items;
    if (this.#credit > MOST_CREDIT) {
      throw new Violation("an iteration is asked for too many items");
    }
    this.#wake?.();
  }

  /** Runs the iteration to its end. Never rejects. */
  async run(iterable: object): Promise<void> {
    try {
      const steps = stepsOf(iterable);
      this.#steps = steps;
      while (!this.#isLeft) {
        if (this.#credit === 0) await this.#asked();
        if (this.#isLeft) return;
        this.#isStepping = true;
        const result: unknown = await steps.next();
        this.#isStepping = false;
        if (this.#isLeft) return;
        if (!isResult(result)) throw new TypeError("A step has no result");
        if (result.done) return this.#over(() => this.#port.end(result.value));
        this.#credit--;
        const sent = this.#send(result.value);
        if (sent !== undefined) await sent;
      }
    } catch (error) {
      this.#over(() => this.#port.fail(error));
    }
  }

  #send(value: unknown): Promise<void> | undefined {
    try {
      return this.#port.item(value);
    } catch (error) {
      const fail = () => {
        throw error;
      };
      return this.#stop().then(fail, fail);
    }
  }

  async #stop(): Promise<void> {
    await this.#steps?.return?.();
  }

  #asked(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Ends the iteration as a loop does that is left, and runs its `finally`. */
  leave(): void {
    if (this.#isLeft || this.#isOver) return;
    this.#isLeft = true;
    this.#wake?.();
    // A generator that waits inside a step cannot leave before that ends.
    const cancel = this.#isStepping
      ? this.#port.after(
        LEAVE_PATIENCE,
        () => this.#over(() => this.#port.end(undefined)),
      )
      : () => {};
    this.#stop().then(
      () => this.#over(() => this.#port.end(undefined)),
      (error) => this.#over(() => this.#port.fail(error)),
    ).finally(cancel);
  }

  #over(report: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    report();
  }
}
