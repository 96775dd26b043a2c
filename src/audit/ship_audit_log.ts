/** Sends the events of a log elsewhere, in order, each once. */

import {
  argumentError,
  hasMethods,
  type PluginError,
  requireOptions,
  requirePath,
} from "../base/errors.ts";
import { describeThrown, quote } from "../base/text.ts";
import { type Clock, pause, systemClock } from "../base/timing.ts";
import { type AuditEvent, parseEvent } from "./audit_event.ts";
import { type AuditAnchor, GENESIS_HASH, readChainFields } from "./chain.ts";
import { followLog, IDLE } from "./follow_log.ts";
import { unavailable } from "./log_paths.ts";
import { ShippingCursor } from "./shipping_cursor.ts";

/** An event of a chained log, on its way. `host` and `sequence` are its key. */
export interface ShippedEvent {
  /** The name that the log is shipped under. */
  readonly host: string;
  /** Its number in the chain. */
  readonly sequence: number;
  /** The hash of its line. */
  readonly hash: string;
  /** The line, byte for byte as in the log, without its newline. */
  readonly line: string;
  /** The same, parsed. */
  readonly event: AuditEvent;
}

/** A place that events are shipped to. */
export interface AuditSink {
  /**
   * Stores events, in order. After a crash it may get events that it has stored
   * already, and must skip those whose key it knows.
   *
   * @param events The events; at least one.
   * @param options A signal that ends it.
   * @returns The number of events that it will never store, if there are any.
   * @throws When they are not stored, and should be sent again.
   */
  send(
    events: readonly ShippedEvent[],
    options: {
      /** Aborted when nobody waits any more. */
      readonly signal: AbortSignal;
    },
  ): Promise<
    void | {
      /** The number of events. */
      readonly rejected: number;
    }
  >;
}

/** How far a log was shipped. */
export interface ShippingProgress {
  /** The events that this call sent. */
  readonly sent: number;
  /** The last event that was stored; 0 before the first. */
  readonly sequence: number;
  /**
   * The age of the oldest event that was read and is not stored, in milliseconds;
   * 0 if there is none.
   */
  readonly lag: number;
  /** The events that rotation removed before they were sent. */
  readonly missing: number;
  /** The events that the sink will never store. */
  readonly rejected: number;
  /** The lines that are no chained event, such as one that a crash cut. */
  readonly skipped: number;
  /** Why the sink does not store events now, if it does not. */
  readonly failure: string | undefined;
}

/** Options of {@linkcode shipAuditLog}. */
export interface ShipAuditLogOptions {
  /** The name that the log is shipped under. Another log needs another one. */
  readonly host: string;
  /** Where the events go. */
  readonly sink: AuditSink;
  /**
   * The file that remembers how far the log was shipped.
   *
   * @default {undefined} the path of the log with `.shipped` after it
   */
  readonly cursor?: string | undefined;
  /**
   * Goes on when all events are sent, and sends new ones until the signal is
   * aborted. A sink that fails is asked again. Without it, the call ends with the
   * last event, and throws when the sink fails.
   *
   * @default {false}
   */
  readonly follow?: boolean | undefined;
  /**
   * The most events that are sent at once.
   *
   * @default {500}
   */
  readonly maxBatch?: number | undefined;
  /** Called after each batch that was stored, and after each that was not. */
  readonly onProgress?: ((progress: ShippingProgress) => void) | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The clock of pauses and of the lag.
   *
   * @default {undefined} the clock of the system
   */
  readonly clock?: Clock | undefined;
}

// Characters: events can be long.
const MAX_LENGTH = 1_000_000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;
const CALL = 'shipAuditLog("./audit.jsonl", { host: "search", sink })';

function checkOptions(path: unknown, options: ShipAuditLogOptions): void {
  const action = "ship audit log";
  requirePath(path, action, CALL);
  requireOptions(options, action, CALL);
  const { host, sink, maxBatch = 1 } = options;
  const remedy = `Call ${CALL}`;
  if (typeof host !== "string" || host === "" || host.length > 256) {
    const expected = "a name of 1 to 256 characters as host";
    throw argumentError(host, { action, expected, remedy });
  }
  if (!hasMethods(sink, "send")) {
    throw argumentError(sink, { action, expected: "a sink", remedy });
  }
  if (!(Number.isSafeInteger(maxBatch) && maxBatch > 0)) {
    const expected = "a number of events from 1 as maxBatch";
    throw argumentError(maxBatch, { action, expected, remedy });
  }
}

interface Entry extends AuditAnchor {
  readonly previous: string;
  readonly line: string;
}

// Most lines of a long log were shipped before: those are never parsed.
function parseEntry(line: string): Entry | undefined {
  const fields = readChainFields(line);
  return fields === undefined ? undefined : { ...fields, line };
}

/** Ships one log. */
class Shipping {
  readonly #path: string;
  readonly #options: ShipAuditLogOptions;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #cursor: ShippingCursor;
  #batch: ShippedEvent[] = [];
  #length = 0;
  /** The last event that was read and is or will be sent. */
  #last: AuditAnchor;
  /** The last event that was read at all. */
  #seen = 0;
  #isPast = false;
  #sent = 0;
  #missing = 0;
  #rejected = 0;
  #skipped = 0;
  #failure: string | undefined;

  constructor(
    path: string,
    options: ShipAuditLogOptions,
    cursor: ShippingCursor,
  ) {
    this.#path = path;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#cursor = cursor;
    this.#last = cursor.position;
  }

  async run(): Promise<ShippingProgress> {
    const { follow = false, maxBatch = 500 } = this.#options;
    const log = followLog(this.#path, {
      signal: this.#signal,
      clock: this.#clock,
      parse: parseEntry,
      onMalformed: () => void this.#skipped++,
    });
    for await (const entry of log) {
      if (entry !== IDLE) this.#take(entry);
      const isFull = this.#batch.length >= maxBatch ||
        this.#length >= MAX_LENGTH;
      if (entry !== IDLE && !isFull) continue;
      if (entry === IDLE) this.#checkEnd();
      if (this.#batch.length > 0) await this.#send();
      if (entry === IDLE && !follow) break;
      if (this.#signal.aborted) break;
    }
    return this.#progress();
  }

  #progress(): ShippingProgress {
    const [oldest] = this.#batch;
    const lag = oldest === undefined
      ? 0
      : this.#clock.now() - Date.parse(oldest.event.timestamp);
    return Object.freeze({
      sent: this.#sent,
      sequence: this.#cursor.position.sequence,
      lag: Math.max(0, lag),
      missing: this.#missing,
      rejected: this.#rejected,
      skipped: this.#skipped,
      failure: this.#failure,
    });
  }

  /** Takes an event, unless it was shipped before. */
  #take(entry: Entry): void {
    const { sequence, hash, previous, line } = entry;
    this.#seen = Math.max(this.#seen, sequence);
    const { sequence: last, hash: lastHash } = this.#last;
    if (sequence <= last) {
      const isSame = sequence < last || hash === lastHash;
      if (!this.#isPast && isSame) return;
      throw this.#anew(`number ${sequence} of its chain was shipped before`);
    }
    if (sequence === last + 1 && previous !== lastHash) {
      throw this.#anew(
        `number ${sequence} of its chain does not follow what was shipped`,
      );
    }
    // Rotation removes files that nobody shipped in time.
    this.#missing += sequence - last - 1;
    this.#isPast = true;
    this.#last = { sequence, hash };
    const event = parseEvent(line);
    if (event === undefined) {
      this.#skipped++;
      return;
    }
    const { host } = this.#options;
    this.#batch.push({ host, sequence, hash, line, event });
    this.#length += line.length;
  }

  /** Refuses a log that was cut or begun anew since, or that has no chain. */
  #checkEnd(): void {
    const { sequence } = this.#last;
    if (this.#seen === 0 && this.#skipped > 0) {
      throw unavailable(
        "ship",
        this.#path,
        "its lines are not chained, so nothing tells which were sent",
        "Write it with the option chain",
      );
    }
    if (this.#seen < sequence) {
      throw this.#anew(`it ends at number ${this.#seen} of its chain`);
    }
    this.#isPast = true;
  }

  #anew(problem: string): PluginError {
    const { sequence } = this.#cursor.position;
    return unavailable(
      "ship",
      this.#path,
      `${problem}, and it was shipped up to number ${sequence}: it was cut or ` +
        "begun anew",
      "Verify what was shipped; then ship the new log under another host name, " +
        `without the file ${quote(this.#cursor.path)}`,
    );
  }

  async #send(): Promise<void> {
    const { sink, follow = false, onProgress } = this.#options;
    const events = this.#batch;
    for (let wait = FIRST_PAUSE;; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
      try {
        const result = await sink.send(events, { signal: this.#signal });
        this.#rejected += result?.rejected ?? 0;
        break;
      } catch (thrown) {
        if (this.#signal.aborted) return;
        this.#failure = describeThrown(thrown);
        if (!follow) throw this.#unstored(this.#failure, thrown);
        onProgress?.(this.#progress());
        await pause(this.#clock, wait, this.#signal).catch(() => {});
        if (this.#signal.aborted) return;
      }
    }
    // Only now: a crash before this line sends the batch again.
    this.#cursor.move(this.#last);
    this.#sent += events.length;
    this.#failure = undefined;
    this.#batch = [];
    this.#length = 0;
    onProgress?.(this.#progress());
  }

  #unstored(failure: string, cause: unknown): PluginError {
    const { sequence } = this.#cursor.position;
    return unavailable(
      "ship",
      this.#path,
      `the events after number ${sequence} were not stored: ${failure}`,
      "Repair what stores them, and ship again: nothing is lost",
      cause,
    );
  }
}

/**
 * Sends the events of a chained log to a sink: in order, after a crash from where
 * it ended, and across rotation. The log is the outbox: the host writes its file,
 * and this process reads it.
 *
 * Each event has the key (`host`, `sequence`). A batch that was sent right before a
 * crash is sent again, so the sink must skip keys that it knows. A second process
 * with the same cursor is refused, as is a log that was cut or begun anew.
 *
 * Needs `--allow-read` for the files of the log and their directory, and
 * `--allow-read` and `--allow-write` for the cursor and its `.lock` file.
 *
 * @example A sink that keeps events in a map
 * ```ts
 * import {
 *   createAuditLogger,
 *   JsonLinesHandler,
 *   shipAuditLog,
 * } from "@semantik/plugins/audit";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/audit.jsonl`;
 * {
 *   const handlers = [new JsonLinesHandler(path, { chain: true })];
 *   using audit = createAuditLogger({ handlers });
 *   audit.log("indexer", "index.rebuilt", { documents: 12 });
 * }
 * const stored = new Map<string, string>();
 * const { sent, sequence } = await shipAuditLog(path, {
 *   host: "search",
 *   sink: {
 *     send(events) {
 *       for (const { host, sequence, line } of events) {
 *         stored.set(`${host} ${sequence}`, line);
 *       }
 *       return Promise.resolve();
 *     },
 *   },
 * });
 *
 * assertEquals([sent, sequence, [...stored.keys()]], [1, 1, ["search 1"]]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @param path The path of the log.
 * @param options The name, the sink and the cursor.
 * @returns How far the log was shipped.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` if the log or the cursor cannot
 * be used, if the log was cut or begun anew, or, without `follow`, if the sink
 * fails; `PLUGIN_OPTION_INVALID` if an option is invalid.
 */
export async function shipAuditLog(
  path: string,
  options: ShipAuditLogOptions,
): Promise<ShippingProgress> {
  checkOptions(path, options);
  const { cursor: cursorPath = `${path}.shipped`, host } = options;
  using cursor = ShippingCursor.open(cursorPath, host, {
    sequence: 0,
    hash: GENESIS_HASH,
  });
  return await new Shipping(path, options, cursor).run();
}
