import { type Clock, startTimeLimit } from "../../base/timing.ts";
import { PluginError } from "../../base/errors.ts";
import { quote } from "../../base/text.ts";
import { CallLane, type Queued } from "./call_lane.ts";
import type { LimitsInForce } from "./channel_limits.ts";
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

/** The messages of an iteration that was opened. */
export interface OutgoingIteration {
  /** Asks for more items. */
  grant(items: number): void;
  leave(): void;
}

const NOTHING: Encoded = { text: "", segments: [] };

class OutgoingCall implements Awaiting, Queued {
  readonly target: CallTarget;
  encoded: Encoded;
  /** Undoes the references of its arguments. */
  readonly cancel: () => void;
  /** Known once it is sent. */
  id: number | undefined;
  place: number | undefined;
  isAbandoned = false;
  signal: AbortSignal | undefined;
  readonly #post: (call: OutgoingCall) => number | undefined;
  readonly #settled = Promise.withResolvers<unknown>();
  #release: () => void = () => {};

  constructor(
    target: CallTarget,
    encoded: Encoded,
    cancel: () => void,
    post: (call: OutgoingCall) => number | undefined,
  ) {
    this.target = target;
    this.encoded = encoded;
    this.cancel = cancel;
    this.#post = post;
  }

  get promise(): Promise<unknown> {
    return this.#settled.promise;
  }

  /** Follows what may end the call early. */
  follow(
    { signal, timeout }: CallOptions,
    clock: Clock,
    abandon: (reason: unknown) => void,
  ): void {
    if (signal === undefined && timeout === undefined) return;
    this.signal = signal;
    const { name } = this.target;
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

  /** Keeps the arguments as they are now: the caller may change its arrays. */
  keep(): void {
    const { text, segments } = this.encoded;
    this.encoded = { text, segments: segments.map((each) => each.slice()) };
  }

  send(): number | undefined {
    const bytes = this.#post(this);
    this.encoded = NOTHING;
    return bytes;
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

interface Open {
  readonly awaiting: Awaiting;
  readonly lane: CallLane;
  readonly bytes: number;
}

/** The calls and iterations of this process that wait for replies. */
export class OutgoingCalls {
  readonly #sender: MessageSender;
  readonly #references: References;
  readonly #clock: Clock;
  readonly #onBusy: (isBusy: boolean) => void;
  readonly #calls: CallLane;
  // Of their own: an iteration may stay open for as long as the plugin lives.
  readonly #iterations: CallLane;
  #lastId = 0;
  readonly #awaiting = new Map<number, Open>();
  #closed: { readonly reason: unknown } | undefined;

  constructor(
    limits: LimitsInForce,
    sender: MessageSender,
    references: References,
    clock: Clock,
    onBusy: (isBusy: boolean) => void,
  ) {
    this.#onBusy = onBusy;
    this.#sender = sender;
    this.#references = references;
    this.#clock = clock;
    this.#calls = new CallLane(limits);
    this.#iterations = new CallLane(limits);
  }

  get size(): number {
    return this.#awaiting.size;
  }

  get queued(): number {
    return this.#calls.queued + this.#iterations.queued;
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
      (encoded, cancel) =>
        new OutgoingCall(target, encoded, cancel, this.#postCall),
    );
    call.follow(
      options,
      this.#clock,
      (reason) => this.#abandon(call, reason),
    );
    if (!this.#calls.start(call)) call.keep();
    return call.promise;
  }

  readonly #postCall = (call: OutgoingCall): number | undefined => {
    const { target: { kind, target }, encoded: { text, segments } } = call;
    const id = this.#lastId + 1;
    const head = `["${kind}",${id},${target},${text}]`;
    const bytes = this.#sender.post(head, segments);
    if (bytes === undefined) {
      call.cancel();
      call.reject(this.#sender.tooLarge("args"));
      return undefined;
    }
    call.id = this.#await(call, this.#calls, bytes);
    return bytes;
  };

  #await(awaiting: Awaiting, lane: CallLane, bytes: number): number {
    const id = ++this.#lastId;
    if (this.#closed !== undefined) {
      // Sending this message has closed the channel.
      awaiting.reject(this.#closed.reason);
      return id;
    }
    this.#awaiting.set(id, { awaiting, lane, bytes });
    if (this.#awaiting.size === 1) this.#onBusy(true);
    return id;
  }

  #abandon(call: OutgoingCall, reason: unknown): void {
    if (this.#calls.withdraw(call)) return call.cancel();
    if (call.id === undefined || !this.#awaiting.has(call.id)) return;
    // Its number stays taken until the reply has come.
    call.isAbandoned = true;
    this.#sender.postReason("a", call.id, reason);
  }

  /** Opens an iteration over a reference. */
  open(
    iteration: Awaiting,
    target: number,
    credit: number,
  ): OutgoingIteration {
    let id: number | undefined;
    const queued: Queued = {
      place: undefined,
      send: () => {
        id = this.#await(iteration, this.#iterations, 0);
        this.#sender.post(`["o",${id},${target},${credit}]`);
        return 0;
      },
      reject: (error) => iteration.reject(error),
    };
    this.#iterations.start(queued);
    return {
      grant: (items) => {
        this.#sender.post(`["+",${id},${items}]`);
      },
      leave: () => {
        if (this.#iterations.withdraw(queued)) iteration.resolve(undefined);
        else this.#sender.post(`["l",${id}]`);
      },
    };
  }

  get(id: number): Awaiting | undefined {
    return this.#awaiting.get(id)?.awaiting;
  }

  /** Tests if the other process still owes the reply to a call that a signal aborted. */
  isOwed(signal: AbortSignal): boolean {
    return this.#awaiting.values().some(({ awaiting }) =>
      awaiting instanceof OutgoingCall && awaiting.isAbandoned &&
      awaiting.signal === signal
    );
  }

  /** @throws {Violation} when no reply is awaited. */
  check(id: number): void {
    if (!this.#awaiting.has(id)) {
      throw new Violation("a reply belongs to no call");
    }
  }

  /**
   * Ends the wait for a reply, which may allow to send more.
   *
   * @throws {Violation} when none is awaited.
   */
  settle(id: number): Awaiting {
    const open = this.#awaiting.get(id);
    if (open === undefined) throw new Violation("a reply belongs to no call");
    this.#awaiting.delete(id);
    open.lane.end(open.bytes);
    if (this.#awaiting.size === 0) this.#onBusy(false);
    return open.awaiting;
  }

  /** Rejects everything. */
  close(reason: unknown): void {
    this.#closed = { reason };
    const open = [...this.#awaiting.values()];
    this.#awaiting.clear();
    for (const { awaiting } of open) awaiting.reject(reason);
    this.#calls.close(reason);
    this.#iterations.close(reason);
    if (open.length > 0) this.#onBusy(false);
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
