/**
 * Calls between two processes over a pipe. Both ends run this code, and neither
 * trusts the other: whatever arrives, the worst is that the channel closes.
 *
 * No library does this: capnweb refuses abort signals, async generators, maps and
 * sets, and parses before it measures; birpc loses callbacks and error codes;
 * comlink needs a MessagePort.
 */

import { PluginError } from "../../base/errors.ts";
import { type Clock, shareTimers, systemClock } from "../../base/timing.ts";
import { describeThrown, quote } from "../../base/text.ts";
import { DEFAULT_CHANNEL_LIMITS, LimitsInForce } from "./channel_limits.ts";
import type { ChannelLoad, ChannelOptions } from "./channel_options.ts";
import { Decoder, type Message, parseMessage } from "./decode.ts";
import { quoteName } from "./encode.ts";
import { FrameReader } from "./frames.ts";
import { RemoteIteration } from "./iterations.ts";
import { MessageSender } from "./message_sender.ts";
import { type CallOptions, OutgoingCalls } from "./outgoing_calls.ts";
import { Outbox } from "./outbox.ts";
import { References } from "./references.ts";
import { ServedCalls } from "./served_calls.ts";
import { StandIns } from "./stand_ins.ts";
import { TokenBucket } from "./token_bucket.ts";
import { Violation } from "./violation.ts";

export type { ChannelLimits } from "./channel_limits.ts";
export type {
  ChannelLoad,
  ChannelOptions,
  RemoteFunction,
} from "./channel_options.ts";
export type { CallOptions } from "./outgoing_calls.ts";
export type { ServeContext } from "./served_call.ts";

/** Both processes must have the same. */
export const PROTOCOL = 1;

export class Channel {
  readonly #options: ChannelOptions;
  readonly #limits: LimitsInForce;
  readonly #clock: Clock;
  readonly #reader: FrameReader;
  readonly #outbox: Outbox;
  readonly #sender: MessageSender;
  readonly #bucket: TokenBucket;
  readonly #references: References;
  readonly #calls: OutgoingCalls;
  readonly #standIns: StandIns;
  readonly #served: ServedCalls;
  readonly #peerInfo = Promise.withResolvers<unknown>();
  #isGreeted = false;
  /** The messages of the chunk that is read. */
  #handled = 0;
  /** The time that the host itself took while a chunk is read. */
  #hostTime = 0;
  #closed: { readonly reason: unknown } | undefined;

  constructor(options: ChannelOptions) {
    const { mark, info, stacks = false, clock = systemClock } = options;
    const { trusts = false } = options;
    this.#options = options;
    const own = { ...DEFAULT_CHANNEL_LIMITS, ...options.limits };
    const limits = new LimitsInForce(own, trusts);
    const timers = shareTimers(clock);
    this.#limits = limits;
    this.#clock = timers;
    this.#bucket = new TokenBucket(own.messagesPerSecond, timers);
    this.#outbox = new Outbox(
      mark,
      (bytes) => options.send(bytes),
      (error) => options.onUnwritable?.(error),
    );
    this.#reader = new FrameReader(mark, own, {
      onFrame: (head, segments) => this.#receive(head, segments),
      onText: (bytes) => this.#receiveText(bytes),
    });
    const sender = new MessageSender(
      this.#outbox,
      limits,
      stacks,
      () => this.#break(new Violation("it does not read its messages")),
    );
    this.#sender = sender;
    this.#references = new References({
      limits,
      drop: (id, count) => sender.post(`["d",${id},${count}]`),
      sendAbort: (id, reason) => sender.postReason("s", id, reason),
      sendGone: (id) => sender.post(`["g",${id}]`),
      makeStandIn: (kind, imported) => this.#standIns.make(kind, imported),
    });
    this.#calls = new OutgoingCalls(
      limits,
      sender,
      this.#references,
      timers,
      (isBusy) => options.onBusy?.(isBusy),
    );
    this.#standIns = new StandIns(
      this.#calls,
      this.#references,
      () => this.#checkOpen(),
      options.limitCall,
    );
    this.#served = new ServedCalls(limits, sender, this.#references, timers);
    this.#peerInfo.promise.catch(() => {});
    const { text, segments } = sender.encodeData(info, "info");
    const declared = JSON.stringify(limits.declared);
    sender.post(`["h",${PROTOCOL},${declared},${text}]`, segments);
  }

  /** Resolves with the `info` of the other end, once it greeted. */
  get peerInfo(): Promise<unknown> {
    return this.#peerInfo.promise;
  }

  /** True if a frame has begun to arrive and has not ended. */
  get isInsideFrame(): boolean {
    return this.#reader.isInsideFrame;
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Counts what is not over. */
  get load(): ChannelLoad {
    return {
      calling: this.#calls.size,
      waiting: this.#calls.queued,
      serving: this.#served.size,
      exported: this.#references.exportedCount,
      imported: this.#references.importedCount,
    };
  }

  /**
   * Reads bytes from the pipe, whose memory can be reused afterwards. Never throws.
   * Wait for `ready()` before the next read.
   */
  read(chunk: Uint8Array): void {
    const start = this.#clock.elapsed();
    this.#handled = 0;
    this.#hostTime = 0;
    try {
      this.#reader.read(chunk);
    } catch (thrown) {
      this.#break(thrown);
    }
    this.#chargeTime(this.#clock.elapsed() - start, chunk.length);
  }

  /** Keeps messages that are expensive to read from taking all of the host's time. */
  #chargeTime(milliseconds: number, bytes: number): void {
    const usual = this.#handled * USUAL_TIME_PER_MESSAGE +
      bytes * USUAL_TIME_PER_BYTE;
    const excess = milliseconds - this.#hostTime - usual;
    if (excess <= 0) return;
    const { messagesPerSecond } = this.#limits.incoming;
    this.#bucket.take(excess / 1_000 * messagesPerSecond * EXCESS_PRICE);
  }

  /** Runs a function of the host, whose time is not that of the other process. */
  #runHost<Result>(run: () => Result): Result {
    const start = this.#clock.elapsed();
    try {
      return run();
    } finally {
      this.#hostTime += this.#clock.elapsed() - start;
    }
  }

  /**
   * Returns a promise if the other process sent too many messages: reading waits
   * until it resolves.
   */
  ready(): Promise<void> | undefined {
    return this.#closed === undefined ? this.#bucket.refilled() : undefined;
  }

  /** Passes on the last text when the pipe has ended. Calls wait for `close()`. */
  end(): void {
    this.#reader.end();
  }

  /**
   * Calls a method of the other process. The arguments are copied at once.
   *
   * @throws {PluginError} `PLUGIN_NOT_TRANSFERABLE` when an argument cannot cross.
   */
  async call(
    method: string,
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<unknown> {
    this.#checkOpen();
    const target = quoteName(method);
    return await this.#calls.call(
      { kind: "c", target, name: method },
      args,
      options,
    );
  }

  /** Tests if the other process still owes the reply to a call that a signal aborted. */
  isOwed(signal: AbortSignal): boolean {
    return this.#calls.isOwed(signal);
  }

  /** Iterates over what a method returns, and calls it for the first item. */
  async *iterate(
    method: string,
    args: readonly unknown[],
    options: CallOptions = {},
  ): AsyncGenerator<unknown, unknown, unknown> {
    const result = await this.call(method, args, options);
    if (!isAsyncIterable(result)) {
      throw new TypeError(`${quote(method)} returned nothing to iterate over`);
    }
    return yield* result;
  }

  /**
   * Sends data that has no reply.
   *
   * @throws {PluginError} `PLUGIN_NOT_TRANSFERABLE` when an argument is not data,
   * `PLUGIN_LIMIT_EXCEEDED` when the other process does not read.
   */
  notify(method: string, args: readonly unknown[]): void {
    if (this.#closed !== undefined) return;
    this.#sender.checkRoom();
    const { text, segments } = this.#sender.encodeData(args, "args");
    const head = `["n",${quoteName(method)},${text}]`;
    const bytes = this.#sender.post(head, segments);
    if (bytes === undefined) throw this.#sender.tooLarge("args");
  }

  /** Rejects everything under way, aborts signals, and sends nothing more. */
  close(reason: unknown): void {
    if (this.#closed !== undefined) return;
    this.#closed = { reason };
    this.#outbox.stop();
    this.#bucket.stop();
    this.#peerInfo.reject(reason);
    this.#calls.close(reason);
    this.#served.close(reason);
    this.#references.close(reason);
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw this.#closed.reason;
  }

  #break(thrown: unknown): void {
    if (this.#closed !== undefined) return;
    const why = thrown instanceof Violation
      ? thrown.message
      : describeThrown(thrown);
    const { peer = "the other process" } = this.#options;
    const error = this.#options.toError?.(why) ?? new PluginError(
      `Cannot go on with ${peer}: ${why}`,
      {
        code: "PLUGIN_PROTOCOL_BROKEN",
        remedy:
          "Check the plugin: its process sent a message that the plugin " +
          "API never sends",
      },
    );
    this.close(error);
    this.#options.onBroken?.(error);
  }

  #receiveText(bytes: Uint8Array): void {
    this.#bucket.take(1 + bytes.length / TEXT_BYTES_PER_TOKEN);
    this.#options.onText?.(bytes);
  }

  #receive(
    head: Uint8Array,
    segments: readonly Uint8Array<ArrayBuffer>[],
  ): void {
    if (this.#closed !== undefined) return;
    this.#handled++;
    const message = parseMessage(head, segments, this.#limits.incoming);
    const { json } = message;
    if (!Array.isArray(json)) throw malformed();
    const [kind, ...parts]: unknown[] = json;
    let segmentBytes = 0;
    for (const segment of segments) segmentBytes += segment.length;
    this.#charge(kind, head.length, segmentBytes);
    if (kind === "h") return this.#receiveGreeting(message, parts);
    if (!this.#isGreeted) {
      throw new Violation("it sent a message before its greeting");
    }
    const bytes = head.length + segmentBytes;
    switch (kind) {
      case "c":
      case "f":
        return this.#receiveCall(kind, message, parts, bytes);
      case "r":
        return this.#receiveResult(message, parts);
      case "y":
        return this.#receiveItem(message, parts);
    }
    const [first, second, third, ...more] = this.#decodeData(message, parts);
    if (more.length > 0) throw malformed();
    switch (kind) {
      case "e":
        return this.#receiveError(positive(first), second);
      case "n":
        return this.#receiveNotice(first, second);
      case "o":
        return this.#receiveOpening(
          positive(first),
          positive(second),
          positive(third),
          bytes,
        );
      case "a":
        return this.#served.get(positive(first))?.abort(second);
      case "+":
        return this.#served.get(positive(first))?.grant(positive(second));
      case "l":
        return this.#served.get(positive(first))?.leave();
      case "s":
        return this.#references.abort(positive(first), second);
      case "g":
        return this.#references.letGo(positive(first));
      case "d":
        return this.#references.forget(positive(first), positive(second));
    }
    throw new Violation("a message has an unknown kind");
  }

  // Replies and items were asked for; only their size can be too much.
  #charge(kind: unknown, head: number, segments: number): void {
    const isAskedFor = kind === "r" || kind === "e" || kind === "y";
    const inHead = head /
      (isAskedFor ? REPLY_BYTES_PER_TOKEN : BYTES_PER_TOKEN);
    const inSegments = Math.floor(segments / SEGMENT_BYTES_PER_TOKEN);
    this.#bucket.take(Math.floor(inHead) + inSegments + (isAskedFor ? 0 : 1));
  }

  #decodeData(
    message: Message,
    parts: readonly unknown[],
  ): readonly unknown[] {
    const decoder = new Decoder(message, this.#limits.incoming, undefined);
    const values = parts.map((part) => decoder.decode(part));
    decoder.end();
    return values;
  }

  #decode(message: Message, json: unknown): unknown {
    if (!message.hasTags && message.segments.length === 0) return json;
    const decoder = this.#decoder(message);
    const value = decoder.decode(json);
    decoder.end();
    return value;
  }

  #decoder(message: Message): Decoder {
    return new Decoder(message, this.#limits.incoming, this.#references);
  }

  #receiveGreeting(message: Message, parts: readonly unknown[]): void {
    if (this.#isGreeted) throw new Violation("it sent a second greeting");
    if (parts[0] !== PROTOCOL) {
      throw new Violation(
        `it does not speak version ${PROTOCOL} of the protocol`,
      );
    }
    const [, limits, info] = this.#decodeData(message, parts);
    this.#limits.learn(limits);
    this.#reader.limits = this.#limits.incoming;
    this.#isGreeted = true;
    this.#peerInfo.resolve(info);
  }

  #receiveCall(
    kind: "c" | "f",
    message: Message,
    parts: readonly unknown[],
    bytes: number,
  ): void {
    if (parts.length !== 3) throw malformed();
    const id = positive(parts[0]);
    const decoder = this.#decoder(message);
    const target = decoder.decode(parts[1]);
    const callback = kind === "f"
      ? this.#references.exportedAs(positive(target), "function")
      : undefined;
    const served = this.#served.start(id, bytes, false);
    const args = decoder.decode(parts[2]);
    decoder.end();
    if (!Array.isArray(args)) throw malformed();
    if (typeof callback === "function") {
      return this.#served.run(
        id,
        () => this.#runHost(() => Reflect.apply(callback, undefined, args)),
      );
    }
    if (typeof target !== "string") throw malformed();
    this.#served.run(id, () =>
      this.#runHost(() => {
        if (this.#options.serve === undefined) {
          throw new TypeError(`${quote(target)} is not a method`);
        }
        return this.#options.serve(target, args, served);
      }));
  }

  #receiveOpening(
    id: number,
    target: number,
    credit: number,
    bytes: number,
  ): void {
    const iterable = this.#references.exportedAs(
      target,
      "iterable",
      "iterator",
    );
    const served = this.#served.start(id, bytes, true);
    this.#served.iterate(id, served, iterable, credit);
  }

  #receiveResult(message: Message, parts: readonly unknown[]): void {
    if (parts.length !== 2) throw malformed();
    const id = positive(parts[0]);
    this.#calls.check(id);
    // Whoever waits learns of a violation as well.
    const value = this.#decode(message, parts[1]);
    const awaiting = this.#calls.settle(id);
    if (awaiting.isAbandoned !== true) awaiting.resolve(value);
    else this.#references.releaseStandIn(value);
  }

  #receiveError(id: number, error: unknown): void {
    const awaiting = this.#calls.settle(id);
    if (awaiting.isAbandoned !== true) awaiting.reject(error);
  }

  #receiveItem(message: Message, parts: readonly unknown[]): void {
    if (parts.length !== 2) throw malformed();
    const iteration = this.#calls.get(positive(parts[0]));
    if (!(iteration instanceof RemoteIteration)) {
      throw new Violation("an item belongs to no iteration");
    }
    iteration.push(this.#decode(message, parts[1]));
  }

  #receiveNotice(method: unknown, args: unknown): void {
    if (typeof method !== "string" || !Array.isArray(args)) throw malformed();
    // Nobody asked for it: the time of the host counts as that of the process.
    this.#options.onNotice?.(method, args);
  }
}

const TEXT_BYTES_PER_TOKEN = 1_024;
const BYTES_PER_TOKEN = 1_024;
// What was asked for has to be parsed as well.
const REPLY_BYTES_PER_TOKEN = 8_192;
const SEGMENT_BYTES_PER_TOKEN = 65_536;

// In milliseconds, on a machine that is busy. What takes longer is paid for, so
// that it takes at most one part in so many of the host's time.
const USUAL_TIME_PER_MESSAGE = 0.02;
const USUAL_TIME_PER_BYTE = 0.000_025;
const EXCESS_PRICE = 4;

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null &&
    Symbol.asyncIterator in value;
}

function positive(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    throw malformed();
  }
  return value;
}

function malformed(): Violation {
  return new Violation("a message is malformed");
}
