/** Sends audit events to a collector as log records of OpenTelemetry. */

import type { LevelName } from "@std/log/levels";
import type { EncodedEvent } from "../audit/audit_event.ts";
import { AuditHandler } from "../audit/audit_handler.ts";
import { Losses } from "../audit/log_writer.ts";
import { argumentError, requireOptions } from "../base/errors.ts";
import { warnOnStderr } from "../base/text.ts";
import { type Clock, pause, systemClock } from "../base/timing.ts";
import { OtlpClient, type OtlpTarget } from "./otlp_client.ts";
import { logRecordOf, type OtlpLogRecord } from "./otlp_record.ts";

/** Options of {@linkcode OtlpLogHandler}. */
export interface OtlpLogHandlerOptions extends OtlpTarget {
  /**
   * The minimum level.
   *
   * @default {"NOTSET"}
   */
  readonly level?: LevelName | undefined;
  /**
   * The most events that wait. While that many wait, later ones are dropped.
   *
   * @default {4_096}
   */
  readonly maxQueue?: number | undefined;
  /**
   * The most events of one request.
   *
   * @default {512}
   */
  readonly maxBatch?: number | undefined;
  /**
   * The time that an event waits for others, in milliseconds.
   *
   * @default {1_000}
   */
  readonly interval?: number | undefined;
  /**
   * The time limit of one request, in milliseconds.
   *
   * @default {10_000}
   */
  readonly timeout?: number | undefined;
  /**
   * The time after which events that the collector does not take are lost, in
   * milliseconds.
   *
   * @default {60_000}
   */
  readonly retryFor?: number | undefined;
  /**
   * The time that is left for the last events once the handler is destroyed, in
   * milliseconds.
   *
   * @default {5_000}
   */
  readonly closeTimeout?: number | undefined;
  /**
   * Called once, with the first loss.
   *
   * @default {undefined} one line on standard error
   */
  readonly warn?: ((message: string) => void) | undefined;
  /**
   * The clock of the intervals and time limits.
   *
   * @default {undefined} the clock of the system
   */
  readonly clock?: Clock | undefined;
}

const LIMITS = {
  maxQueue: 4_096,
  maxBatch: 512,
  interval: 1_000,
  timeout: 10_000,
  retryFor: 60_000,
  closeTimeout: 5_000,
} as const;

const LIMIT_NAMES = [
  "maxQueue",
  "maxBatch",
  "interval",
  "timeout",
  "retryFor",
  "closeTimeout",
] as const;

type Limits = Readonly<Record<keyof typeof LIMITS, number>>;

// Characters: events can be long.
const MAX_BATCH_LENGTH = 1_000_000;
const MAX_QUEUE_LENGTH = 16_000_000;

const FIRST_DELAY = 1_000;
const MAX_DELAY = 30_000;

function readLimits(options: OtlpLogHandlerOptions): Limits {
  const limits: Record<keyof typeof LIMITS, number> = { ...LIMITS };
  for (const name of LIMIT_NAMES) {
    const value: unknown = options[name];
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value > 0 && value < 2 ** 31)) {
      throw argumentError(value, {
        action: `use option "${name}" of OtlpLogHandler`,
        expected: "a positive number",
        remedy: `Pass e.g. ${name}: ${LIMITS[name]}, or leave it out`,
      });
    }
    limits[name] = value;
  }
  return limits;
}

/**
 * Sends each event to a collector as a log record: by OTLP over HTTP in JSON, many
 * at once.
 *
 * Writing an event only adds it to a queue of limited length. What is lost is
 * counted in `audit.dropped`, reported once on standard error, and reported to the
 * collector by a record `audit.lost` before the next ones. A request that the
 * collector cannot take now is repeated, as OTLP has it. The file of a
 * `JsonLinesHandler` beside it stays the record that can be verified.
 *
 * Needs `--allow-net` for the collector.
 *
 * @example Events to a collector
 * ```ts
 * import { createAuditLogger } from "@semantik/plugins/audit";
 * import { OtlpLogHandler } from "@semantik/plugins/telemetry";
 * import { assertEquals } from "@std/assert";
 *
 * const received: string[] = [];
 * await using collector = Deno.serve(
 *   { hostname: "127.0.0.1", port: 0, onListen() {} },
 *   async (request) => {
 *     const { resourceLogs } = await request.json();
 *     for (const { eventName } of resourceLogs[0].scopeLogs[0].logRecords) {
 *       received.push(eventName);
 *     }
 *     return Response.json({});
 *   },
 * );
 * const handler = new OtlpLogHandler({
 *   endpoint: `http://127.0.0.1:${collector.addr.port}`,
 *   resource: { "service.name": "search" },
 * });
 * {
 *   using audit = createAuditLogger({ handlers: [handler] });
 *   audit.log("indexer", "index.rebuilt", { documents: 12 });
 * }
 * await handler.flush();
 *
 * assertEquals(received, ["index.rebuilt"]);
 * ```
 */
export class OtlpLogHandler extends AuditHandler {
  readonly #client: OtlpClient;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #losses = new Losses();
  #queue: EncodedEvent[] = [];
  #length = 0;
  /** The events of the request that is on its way. */
  #underWay = 0;
  #lost = 0;
  #hasWarned = false;
  #isOpen = true;
  #cancelTimer: (() => void) | undefined;
  #sending: Promise<void> | undefined;
  /** Aborted when no time is left after the end. */
  #end = new AbortController();

  /**
   * Creates a handler. Sends nothing yet.
   *
   * @param options The collector, and limits.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if an option is invalid,
   * `PLUGIN_AUDIT_UNAVAILABLE` if the process may not connect to the collector.
   */
  constructor(options: OtlpLogHandlerOptions) {
    requireOptions(
      options,
      "create audit handler",
      'new OtlpLogHandler({ endpoint: "http://127.0.0.1:4318" })',
    );
    super(options.level);
    this.#clock = options.clock ?? systemClock;
    this.#limits = readLimits(options);
    this.#client = new OtlpClient(options, this.#clock, this.#limits.timeout);
    this.#warn = options.warn ?? warnOnStderr;
  }

  /** The number of events that it accepted, and that never reached the collector. */
  override get lost(): number {
    return this.#lost;
  }

  /** Opens it again after {@linkcode OtlpLogHandler.destroy}. */
  override setup(): void {
    this.#isOpen = true;
    if (this.#end.signal.aborted) this.#end = new AbortController();
  }

  /**
   * Adds an event to the queue.
   *
   * @param event The event.
   * @throws When the queue is full, or the handler was destroyed.
   */
  write(event: EncodedEvent): void {
    if (!this.#isOpen) throw new Error("The handler is closed");
    const { maxQueue, maxBatch, interval } = this.#limits;
    const waiting = this.#queue.length + this.#underWay;
    const length = this.#length + event.open.length;
    if (waiting >= maxQueue || length > MAX_QUEUE_LENGTH) {
      const error = new Error("The queue for the collector is full");
      this.#losses.fail(event.time, error);
      throw error;
    }
    this.#queue.push(event);
    this.#length = length;
    if (this.#sending !== undefined) return;
    if (this.#queue.length >= maxBatch) this.#start();
    else this.#cancelTimer ??= this.#clock.after(interval, () => this.#start());
  }

  /**
   * Sends everything that waits, at once.
   *
   * @returns A promise that resolves once each event was sent or is lost.
   */
  async flush(): Promise<void> {
    this.#start();
    await this.#sending;
  }

  /**
   * Closes the handler, and sends what waits within `closeTimeout`. The process
   * goes on until then; await {@linkcode OtlpLogHandler.flush} to wait for it.
   */
  override destroy(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#start();
    if (this.#sending === undefined) return;
    const end = this.#end;
    const cancel = this.#clock.after(
      this.#limits.closeTimeout,
      () => end.abort(new Error("The handler was closed")),
    );
    this.#sending.then(cancel);
  }

  /** Sends all batches, one after the other, unless that goes on already. */
  #start(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#sending !== undefined) return;
    if (this.#queue.length === 0 && !this.#losses.pending) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
      // Written since the last batch was sent.
      if (this.#queue.length > 0) this.#start();
    });
  }

  async #sendAll(): Promise<void> {
    do {
      const batch = this.#take();
      const records = this.#records(batch);
      this.#underWay = batch.length;
      const reason = await this.#deliver(records);
      this.#underWay = 0;
      if (reason === undefined) continue;
      this.#losses.lose(this.#clock.now(), reason);
      this.#count(batch.length, reason);
    } while (this.#queue.length > 0);
  }

  /** Takes the next events; at least one, if there is one. */
  #take(): readonly EncodedEvent[] {
    let length = 0;
    let count = 0;
    for (const { open } of this.#queue) {
      length += open.length;
      if (count === this.#limits.maxBatch) break;
      if (count > 0 && length > MAX_BATCH_LENGTH) break;
      count++;
    }
    const batch = this.#queue.splice(0, count);
    for (const { open } of batch) this.#length -= open.length;
    return batch;
  }

  /** Makes the records of a batch, after a report of what was lost before it. */
  #records(batch: readonly EncodedEvent[]): readonly OtlpLogRecord[] {
    const now = this.#clock.now();
    const opens = batch.map(({ open }) => open);
    if (this.#losses.pending) opens.unshift(this.#losses.event(now));
    this.#losses.report();
    for (const { time } of batch) this.#losses.wrote(time);
    return opens.map((open) => logRecordOf(`${open}}`))
      .filter((record) => record !== undefined);
  }

  /** Delivers records; returns why that failed, if it did. */
  async #deliver(
    records: readonly OtlpLogRecord[],
  ): Promise<string | undefined> {
    const { signal } = this.#end;
    const began = this.#clock.elapsed();
    for (let delay = FIRST_DELAY;; delay = Math.min(delay * 2, MAX_DELAY)) {
      try {
        const answer = await this.#client.send(records, signal);
        if (answer.kind === "refused") return answer.reason;
        if (answer.kind === "sent") {
          this.#losses.confirm();
          const rejected = Math.min(answer.rejected, records.length);
          if (rejected > 0) this.#reject(rejected);
          return undefined;
        }
        // Not all at the same time: many hosts may wait for one collector.
        const wait = answer.after ?? delay * (0.5 + Math.random() / 2);
        const spent = this.#clock.elapsed() - began;
        if (spent + wait > this.#limits.retryFor) return answer.reason;
        await pause(this.#clock, wait, signal);
      } catch {
        return "the handler was closed";
      }
    }
  }

  /** Counts records that the collector will never take. */
  #reject(count: number): void {
    const error = new Error("the collector rejected it");
    const now = this.#clock.now();
    for (let index = 0; index < count; index++) this.#losses.fail(now, error);
    this.#count(count, error.message);
  }

  #count(count: number, reason: string): void {
    this.#lost += count;
    if (this.#hasWarned || count === 0) return;
    this.#hasWarned = true;
    this.#warn(
      `${count} audit events did not reach the collector: ${reason}; ` +
        "further losses are only counted",
    );
  }
}
