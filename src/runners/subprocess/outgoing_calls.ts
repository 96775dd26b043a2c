import { type Clock, startTimeLimit } from "../../base/timing.ts";
import { PluginError } from "../../base/errors.ts";
import { quote } from "../../base/text.ts";
import { type ChannelLimits, mostCallBytes } from "./channel_limits.ts";
import type { Encoded } from "./encode.ts";
import type { MessageSender } from "./message_sender.ts";
import type { References } from "./references.ts";
import { Violation } from "./violation.ts";

export interface CallOptions {
  /** Aborts the call here and there. The promise rejects with its reason at once. */
  readonly signal?: AbortSignal | undefined;
  /** Aborts the call after some milliseconds, with `PLUGIN_TIMEOUT`. */
  readonly timeout?: number | undefined;
}

/** A method, or a function that was passed. */
export interface CallTarget {
  readonly kind: "c" | "f";
  /** JSON. */
  readonly target: string;
  /** For messages. */
  readonly name: string;
}

/** Gets the reply to a message. */
export interface Awaiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Nobody waits any more. */
  readonly isAbandoned?: boolean;
}

const NOTHING: Encoded = { text: "", segments: [] };

class OutgoingCall implements Awaiting {
  readonly kind: "c" | "f";
  readonly target: string;
  encoded: Encoded;
  /** Undoes the references of its arguments. */
  readonly cancel: () => void;
  /** Known once it is sent. */
  id: number | undefined;
  /** Its place in the queue, while it waits there. */
  place: number | undefined;
  isAbandoned = false;
  readonly #settled = Promise.withResolvers<unknown>();
  #release: () => void = () => {};

  constructor(
    { kind, target }: CallTarget,
    encoded: Encoded,
    cancel: () => void,
  ) {
    this.kind = kind;
    this.target = target;
    this.encoded = encoded;
    this.cancel = cancel;
  }

  get promise(): Promise<unknown> {
    return this.#settled.promise;
  }

  /** Follows what may end the call early. */
  follow(
    { signal, timeout }: CallOptions,
    clock: Clock,
    name: string,
    abandon: (reason: unknown) => void,
  ): void {
    if (signal === undefined && timeout === undefined) return;
    const end = (error: unknown, reason: unknown) => {
      this.reject(error);
      abandon(reason);
    };
    const onAbort = () => end(signal?.reason, signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const cancelTimer = timeout === undefined ? () => {} : startTimeLimit(
      clock,
      timeout,
      () => end(lateCall(name, timeout), lateReason()),
    );
    this.#release = () => {
      cancelTimer();
      signal?.removeEventListener("abort", onAbort);
    };
  }

  resolve(value: unknown): void {
    this.#release();
    this.#settled.resolve(value);
  }

  reject(error: unknown): void {
    this.#release();
    this.#settled.reject(error);
  }
}

/**
 * Calls that may not be sent yet, in their order. The first of a `Set` is found
 * after all that were deleted, and shifting a large array moves it.
 */
class CallQueue {
  readonly #calls: (OutgoingCall | undefined)[] = [];
  /** The index of the first call that may still wait. */
  #first = 0;
  /** The calls that were cut off the front. */
  #gone = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(call: OutgoingCall): void {
    call.place = this.#gone + this.#calls.push(call) - 1;
    this.#size++;
  }

  shift(): OutgoingCall | undefined {
    while (this.#first < this.#calls.length) {
      const call = this.#calls[this.#first];
      if (call !== undefined) this.delete(call);
      if (++this.#first * 2 > this.#calls.length) {
        this.#calls.splice(0, this.#first);
        this.#gone += this.#first;
        this.#first = 0;
      }
      if (call !== undefined) return call;
    }
    return undefined;
  }

  delete(call: OutgoingCall): boolean {
    const { place } = call;
    if (place === undefined) return false;
    call.place = undefined;
    this.#calls[place - this.#gone] = undefined;
    this.#size--;
    return true;
  }

  /** Returns every call, and forgets them. */
  clear(): readonly OutgoingCall[] {
    const calls = this.#calls.filter((call) => call !== undefined);
    for (const call of calls) this.delete(call);
    return calls;
  }
}

/** The calls and iterations of this process that wait for replies. */
export class OutgoingCalls {
  readonly #limits: ChannelLimits;
  readonly #sender: MessageSender;
  readonly #references: References;
  readonly #clock: Clock;
  readonly #onBusy: (isBusy: boolean) => void;
  #lastId = 0;
  readonly #awaiting = new Map<
    number,
    { readonly awaiting: Awaiting; readonly bytes: number }
  >();
  #bytes = 0;
  readonly #queue = new CallQueue();

  constructor(
    limits: ChannelLimits,
    sender: MessageSender,
    references: References,
    clock: Clock,
    onBusy: (isBusy: boolean) => void,
  ) {
    this.#onBusy = onBusy;
    this.#limits = limits;
    this.#sender = sender;
    this.#references = references;
    this.#clock = clock;
  }

  get size(): number {
    return this.#awaiting.size;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /**
   * Calls a method or function of the other process.
   *
   * @throws {PluginError} when an argument cannot cross.
   */
  call(
    target: CallTarget,
    args: readonly unknown[],
    options: CallOptions,
  ): Promise<unknown> {
    options.signal?.throwIfAborted();
    const call = this.#sender.encodeFor(
      this.#references,
      args,
      "args",
      (encoded, cancel) => new OutgoingCall(target, encoded, cancel),
    );
    call.follow(
      options,
      this.#clock,
      target.name,
      (reason) => this.#abandon(call, reason),
    );
    if (this.#queue.size === 0 && this.#mayCall()) this.#send(call);
    else this.#enqueue(call);
    return call.promise;
  }

  #enqueue(call: OutgoingCall): void {
    // The caller may change its arrays meanwhile.
    const { text, segments } = call.encoded;
    call.encoded = { text, segments: segments.map((each) => each.slice()) };
    this.#queue.push(call);
  }

  #mayCall(): boolean {
    return this.#awaiting.size < this.#limits.calls &&
      this.#bytes < mostCallBytes(this.#limits);
  }

  #send(call: OutgoingCall): void {
    const { kind, target, encoded: { text, segments } } = call;
    const id = this.#lastId + 1;
    const bytes = this.#sender.post(
      `["${kind}",${id},${target},${text}]`,
      segments,
    );
    call.encoded = NOTHING;
    if (bytes === undefined) {
      call.cancel();
      return call.reject(this.#sender.tooLarge("args"));
    }
    call.id = this.await(call, bytes);
  }

  /** Returns the number of a message whose reply is awaited. */
  await(awaiting: Awaiting, bytes: number): number {
    const id = ++this.#lastId;
    this.#bytes += bytes;
    this.#awaiting.set(id, { awaiting, bytes });
    if (this.#awaiting.size === 1) this.#onBusy(true);
    return id;
  }

  #abandon(call: OutgoingCall, reason: unknown): void {
    if (this.#queue.delete(call)) return call.cancel();
    if (call.id === undefined || !this.#awaiting.has(call.id)) return;
    // Its number stays taken until the reply has come.
    call.isAbandoned = true;
    this.#sender.postReason("a", call.id, reason);
  }

  get(id: number): Awaiting | undefined {
    return this.#awaiting.get(id)?.awaiting;
  }

  /**
   * Ends the wait for a reply.
   *
   * @throws {Violation} when none is awaited.
   */
  settle(id: number): Awaiting {
    const found = this.#awaiting.get(id);
    if (found === undefined) throw new Violation("a reply belongs to no call");
    this.#awaiting.delete(id);
    this.#bytes -= found.bytes;
    if (this.#awaiting.size === 0) this.#onBusy(false);
    return found.awaiting;
  }

  /** Sends the calls that wait, as far as they may be sent. */
  sendQueued(): void {
    while (this.#queue.size > 0 && this.#mayCall()) {
      const call = this.#queue.shift();
      if (call !== undefined) this.#send(call);
    }
  }

  /** Rejects everything. */
  close(reason: unknown): void {
    const calls = [...this.#awaiting.values()].map(({ awaiting }) => awaiting);
    const waiting = this.#queue.clear();
    this.#awaiting.clear();
    for (const each of [...calls, ...waiting]) each.reject(reason);
  }
}

function lateReason(): DOMException {
  return new DOMException("The call exceeded its time limit", "TimeoutError");
}

function lateCall(name: string, timeout: number): PluginError {
  return new PluginError(
    `Cannot wait for ${
      quote(name)
    } any longer: it did not settle within ${timeout} ms`,
    {
      code: "PLUGIN_TIMEOUT",
      remedy: "Fix the plugin, or allow it more time",
    },
  );
}
