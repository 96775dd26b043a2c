/** The audit logger: passes each event to every handler, and never throws. */

import type { BaseHandler } from "@std/log/base-handler";
import { argumentError, hasMethods, requireOptions } from "../base/errors.ts";
import { type Clock, systemClock } from "../base/timing.ts";
import { describeThrown, warnOnStderr } from "../base/text.ts";
import { createFormsMask, type RedactOptions } from "../secrets/tokens.ts";
import {
  type AuditDetails,
  type AuditLevel,
  type AuditLogOptions,
  AuditRecord,
  type EncodedEvent,
  isAuditLevel,
  LEVEL_NUMBERS,
} from "./audit_event.ts";
import {
  AuditHandler,
  destroyHandlers,
  EventEncoder,
  setUpHandlers,
} from "./audit_handler.ts";
import { AuditConsoleHandler } from "./console_handler.ts";

// Getters of details, or handlers, that write events could recurse endlessly.
const MAX_NESTED = 8;

// The last millisecond that a Date can hold.
const LAST_TIME = 8.64e15;

/** Options of {@linkcode createAuditLogger}. */
export interface AuditLoggerOptions {
  /**
   * The handlers that receive the events: those of `@std/log`, or derived from them.
   *
   * @default {[new AuditConsoleHandler()]}
   */
  readonly handlers?: readonly BaseHandler[] | undefined;
  /**
   * Sets up the handlers, and destroys them when the logger is disposed. Turn it
   * off for handlers that belong to somebody else.
   *
   * @default {true}
   */
  readonly manageHandlers?: boolean | undefined;
  /**
   * Replaces likely secrets by `[REDACTED]`. Pass `{ forms }` to redact tokens of
   * your own as well.
   *
   * @default {true}
   */
  readonly redact?: boolean | RedactOptions | undefined;
  /**
   * The source of timestamps.
   *
   * @default {systemClock}
   */
  readonly clock?: { now(): number } | undefined;
  /**
   * Called once for each handler, when it first fails to write an event. Must not
   * write audit events.
   *
   * @default {undefined} one line on standard error
   */
  readonly warn?: ((message: string) => void) | undefined;
}

/** A trail of audit events. */
export interface AuditLogger extends Disposable {
  /**
   * Writes an event to every handler before it returns. Never throws.
   *
   * @param pluginId The id of the plugin.
   * @param action The name of the event, such as `index.rebuilt`.
   * @param details More data; likely secrets are redacted.
   * @param options The severity, and facts about the plugin.
   */
  log(
    pluginId: string,
    action: string,
    details?: Readonly<Record<string, unknown>>,
    options?: AuditLogOptions,
  ): void;
  /** The number of events that were passed to its handlers. */
  readonly written: number;
  /**
   * The number of times that a handler failed to write an event, or lost one that
   * it had accepted.
   */
  readonly dropped: number;
  /** The files that its handlers read and write. */
  readonly files: readonly string[];
  /**
   * Adds a mask that runs before all others: a host masks the secrets that it
   * gave to plugins. Does nothing if the logger does not redact.
   *
   * @param mask Replaces each secret in a text by `[REDACTED]`. Must not throw.
   * @returns Removes the mask when it is disposed.
   */
  redactWith(mask: (text: string) => string): Disposable;
  /**
   * Passes the directories of plugins to the handlers.
   *
   * @param directories The directories of plugins.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when a handler writes into one of them.
   */
  protect(directories: readonly string[]): void;
}

export class HandlerAuditLogger implements AuditLogger {
  readonly #handlers: readonly BaseHandler[];
  readonly #encoder: EventEncoder;
  readonly #clock: Pick<Clock, "now">;
  readonly #manageHandlers: boolean;
  readonly #warn: (message: string) => void;
  readonly #warned = new Set<BaseHandler | undefined>();
  #dropped = 0;
  #written = 0;
  #nested = 0;
  #disposed = false;

  constructor(options: AuditLoggerOptions) {
    this.#handlers = [...options.handlers ?? [new AuditConsoleHandler()]];
    const { redact = true } = options;
    this.#encoder = new EventEncoder(redact !== false);
    const mask = typeof redact === "object"
      ? createFormsMask(redact)
      : undefined;
    if (mask !== undefined) this.#encoder.redactWith(mask);
    this.#clock = options.clock ?? systemClock;
    this.#manageHandlers = options.manageHandlers ?? true;
    this.#warn = options.warn ?? warnOnStderr;
    // Works without its object as well: it never throws.
    this.log = this.log.bind(this);
    if (this.#manageHandlers) setUpHandlers(this.#handlers);
  }

  get written(): number {
    return this.#written;
  }

  get dropped(): number {
    return this.#handlers.reduce(
      (count, handler) =>
        handler instanceof AuditHandler ? count + handler.lost : count,
      this.#dropped,
    );
  }

  get files(): readonly string[] {
    return this.#handlers.flatMap((handler) =>
      handler instanceof AuditHandler ? handler.files : []
    );
  }

  log(
    pluginId: string,
    action: string,
    details?: AuditDetails,
    options?: AuditLogOptions,
  ): void {
    if (this.#disposed || this.#nested >= MAX_NESTED) {
      const why = this.#disposed
        ? "the audit logger was disposed"
        : "writing it caused an endless series of events";
      this.#drop(undefined, why);
      return;
    }
    this.#nested++;
    try {
      const given = options?.level;
      const level = isAuditLevel(given) ? given : "info";
      if (!this.#isTaken(level)) return;
      const event = this.#encoder.encode({
        pluginId,
        action,
        time: this.#now(),
        level,
        plugin: options?.plugin,
      }, details);
      this.#dispatch(event);
    } catch (error) {
      this.#drop(undefined, error);
    } finally {
      this.#nested--;
    }
  }

  redactWith(mask: (text: string) => string): Disposable {
    return this.#encoder.redactWith(mask);
  }

  protect(directories: readonly string[]): void {
    for (const handler of this.#handlers) {
      if (handler instanceof AuditHandler) handler.protect(directories);
    }
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#manageHandlers) destroyHandlers(this.#handlers);
  }

  #now(): number {
    try {
      const now = this.#clock.now();
      if (Math.abs(now) <= LAST_TIME) return now;
    } catch {
      // An event with the time of the system is better than none.
    }
    return Date.now();
  }

  /** Skips events that no handler takes, as far as handlers tell beforehand. */
  #isTaken(level: AuditLevel): boolean {
    try {
      return this.#handlers.some((handler) =>
        !(handler instanceof AuditHandler) ||
        handler.level <= LEVEL_NUMBERS[level]
      );
    } catch {
      // A handler that throws here is reported when it writes.
      return true;
    }
  }

  #dispatch(event: EncodedEvent): void {
    this.#written++;
    const level = LEVEL_NUMBERS[event.level];
    for (const handler of this.#handlers) {
      try {
        if (handler instanceof AuditHandler) {
          if (handler.level <= level) handler.write(event);
        } else {
          handler.handle(new AuditRecord(event));
        }
      } catch (error) {
        this.#drop(handler, error);
      }
    }
  }

  #drop(handler: BaseHandler | undefined, reason: unknown): void {
    this.#dropped++;
    if (this.#warned.has(handler)) return;
    this.#warned.add(handler);
    try {
      const why = typeof reason === "string" ? reason : describeThrown(reason);
      const by = handler === undefined ? "" : ` by ${handler.constructor.name}`;
      this.#warn(
        `An audit event was not written${by}: ${
          this.#encoder.redact(why)
        }; further losses are only counted`,
      );
    } catch {
      // The loss is counted; nothing is left to report it to.
    }
  }
}

const CALL = "createAuditLogger({ handlers: [handler] })";

function isHandler(value: unknown): boolean {
  return hasMethods(value, "setup", "handle", "destroy");
}

function checkOptions(options: AuditLoggerOptions): void {
  const wanted = {
    action: "create audit trail",
    expected: "a list of handlers",
    remedy: `Call ${CALL}`,
  };
  requireOptions(options, wanted.action, CALL);
  // A handler has no such options, and would be ignored silently.
  if (isHandler(options)) throw argumentError(options, wanted);
  const { handlers = [] } = options;
  if (Array.isArray(handlers) && handlers.every(isHandler)) return;
  throw argumentError(handlers, wanted);
}

/**
 * Creates an audit logger.
 *
 * {@linkcode AuditLogger.log} writes an event to each handler before it returns.
 * If a handler throws, the others still receive the event; the failure is counted
 * in `dropped`, and the first one of each handler is reported on standard error.
 * Needs the permissions of its handlers; the default handler needs none.
 *
 * @example Events to a handler of `@std/log`
 * ```ts
 * import { createAuditLogger } from "@semantik/plugins/audit";
 * import { BaseHandler, type LogRecord } from "@std/log";
 * import { assertEquals } from "@std/assert";
 *
 * const messages: string[] = [];
 * class Collector extends BaseHandler {
 *   override log(message: string) {
 *     messages.push(message);
 *   }
 * }
 *
 * using audit = createAuditLogger({ handlers: [new Collector("INFO")] });
 * audit.log("indexer", "index.rebuilt", { documents: 12 });
 *
 * assertEquals(messages, ["INFO PLUGIN_AUDIT: indexer - index.rebuilt"]);
 * ```
 *
 * @param options The handlers, redaction and the clock.
 * @returns The logger; dispose it to destroy its handlers.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when a handler cannot be set up,
 * `PLUGIN_OPTION_INVALID` when an option has the wrong type.
 */
export function createAuditLogger(
  options: AuditLoggerOptions = {},
): AuditLogger {
  checkOptions(options);
  return new HandlerAuditLogger(options);
}

let shared: AuditLogger | undefined;

/**
 * Writes an audit event as one line on standard error. Never throws, and needs
 * no permission.
 *
 * For code without a host; a host writes to its `audit`.
 *
 * @example An event
 * ```ts
 * import { auditLog } from "@semantik/plugins";
 *
 * auditLog("indexer", "index.rebuilt", { documents: 12 });
 * auditLog("indexer", "index.failed", { error: new Error("no space") }, {
 *   level: "error",
 * });
 * ```
 *
 * @param pluginId The id of the plugin.
 * @param action The name of the event, such as `index.rebuilt`.
 * @param details More data; likely secrets are redacted.
 * @param options The severity, and facts about the plugin.
 */
export function auditLog(
  pluginId: string,
  action: string,
  details?: Readonly<Record<string, unknown>>,
  options?: AuditLogOptions,
): void {
  shared ??= createAuditLogger();
  shared.log(pluginId, action, details, options);
}
