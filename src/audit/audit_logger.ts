import type { BaseHandler } from "@std/log/base-handler";
import { argumentError, hasMethods, requireOptions } from "../base/argument.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { warnOnStderr } from "../base/stderr.ts";
import { describeThrown } from "../base/text.ts";
import { createFormsMask, type RedactOptions } from "../secrets/tokens.ts";
import {
  type AuditDetails,
  type AuditLevel,
  type AuditPlugin,
  AuditRecord,
  type EncodedEvent,
  isAuditLevel,
  LEVEL_NUMBERS,
} from "./audit_event.ts";
import {
  AuditHandler,
  destroyHandlers,
  setUpHandlers,
} from "./audit_handler.ts";
import { AuditConsoleHandler } from "./console_handler.ts";
import { EventEncoder } from "./event_encoder.ts";

// Details whose getters write events, or handlers that do, need not end.
const MAX_NESTED = 8;

// The last millisecond that a Date can hold.
const LAST_TIME = 8.64e15;

/** What may be said of an event besides its details. */
export interface AuditLogOptions {
  /**
   * How grave it is.
   *
   * @default {"info"}
   */
  readonly level?: AuditLevel | undefined;
  /**
   * What is known of the plugin: the fields `plugin_type`, `version` and
   * `entry_point`, which no detail can set.
   */
  readonly plugin?: AuditPlugin | undefined;
}

/** Options of {@linkcode createAuditLogger}. */
export interface AuditLoggerOptions {
  /**
   * The handlers that events go to: those of `@std/log`, or derived from them.
   *
   * @default {[new AuditConsoleHandler()]}
   */
  readonly handlers?: readonly BaseHandler[] | undefined;
  /**
   * Whether the logger sets its handlers up, and destroys them when it is
   * disposed of. Turn it off for handlers that something else looks after.
   *
   * @default {true}
   */
  readonly manageHandlers?: boolean | undefined;
  /**
   * Replaces what looks like a secret by `[REDACTED]`. Forms of tokens that are
   * not public are given as `{ forms }`.
   *
   * @default {true}
   */
  readonly redact?: boolean | RedactOptions | undefined;
  /**
   * Where time stamps come from.
   *
   * @default {systemClock}
   */
  readonly clock?: Pick<Clock, "now"> | undefined;
  /**
   * Is told of the first event that a handler did not get written. Is not
   * to write events itself.
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
   * @param pluginId The plugin that it is about.
   * @param action What happened, e.g. `plugin.enabled`.
   * @param details Anything that helps; what looks like a secret is redacted.
   * @param options How grave it is, and what is known of the plugin.
   */
  log(
    pluginId: string,
    action: string,
    details?: AuditDetails,
    options?: AuditLogOptions,
  ): void;
  /** How many times a handler did not get an event written. */
  readonly dropped: number;
  /** The files that its handlers read and write. */
  readonly files: readonly string[];
  /**
   * Redacts more than what looks like a secret: a host adds what masks the
   * secrets that it gave to plugins. It runs before any other mask. Has no
   * effect if the logger does not redact.
   *
   * @param mask Replaces each secret in a text by `[REDACTED]`. Must not throw.
   * @returns Takes the mask away again when it is disposed.
   */
  redactWith(mask: (text: string) => string): Disposable;
  /**
   * Tells the handlers where plugins live.
   *
   * @param directories The directories of plugins.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when a handler writes into one of them.
   */
  protect(directories: readonly string[]): void;
}

class HandlerAuditLogger implements AuditLogger {
  readonly #handlers: readonly BaseHandler[];
  readonly #encoder: EventEncoder;
  readonly #clock: Pick<Clock, "now">;
  readonly #manageHandlers: boolean;
  readonly #warn: (message: string) => void;
  readonly #warned = new Set<BaseHandler | undefined>();
  #dropped = 0;
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
    // What never throws must not throw either where it is handed on by itself.
    this.log = this.log.bind(this);
    if (this.#manageHandlers) setUpHandlers(this.#handlers);
  }

  get dropped(): number {
    return this.#dropped;
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
        ? "the audit logger was disposed of"
        : "writing it wrote further events without end";
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
      // An event at the time of the system is better than none.
    }
    return Date.now();
  }

  /** What no handler takes need not be made; only ours say so beforehand. */
  #isTaken(level: AuditLevel): boolean {
    try {
      return this.#handlers.some((handler) =>
        !(handler instanceof AuditHandler) ||
        handler.level <= LEVEL_NUMBERS[level]
      );
    } catch {
      // A handler that cannot say so: it is told of where it is to write.
      return true;
    }
  }

  #dispatch(event: EncodedEvent): void {
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
        }; further losses are counted, not told`,
      );
    } catch {
      // The loss is counted; there is no other place left to tell it.
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
  // A handler has none of the options, and would be passed over in silence.
  if (isHandler(options)) throw argumentError(options, wanted);
  const { handlers = [] } = options;
  if (Array.isArray(handlers) && handlers.every(isHandler)) return;
  throw argumentError(handlers, wanted);
}

/**
 * Makes an audit trail.
 *
 * An event is written to each handler before {@linkcode AuditLogger.log}
 * returns. A handler that throws does not keep the event from the others: the
 * loss is counted in `dropped`, and the first one of each handler is told on
 * standard error. Needs the permissions of its handlers; the default one needs none.
 *
 * @example Events to a handler of `@std/log`
 * ```ts
 * import { createAuditLogger } from "@semantik/plugins";
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
 * @param options Where events go, and what is done to them.
 * @returns The trail; dispose of it to destroy its handlers.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when a handler cannot be set up,
 * `PLUGIN_OPTION_INVALID` when the options are not of their kinds.
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
 * It is for code without a host at hand; a host's own trail is its `audit`.
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
 * @param pluginId The plugin that it is about.
 * @param action What happened, e.g. `index.rebuilt`.
 * @param details Anything that helps; what looks like a secret is redacted.
 * @param options How grave it is, and what is known of the plugin.
 */
export function auditLog(
  pluginId: string,
  action: string,
  details?: AuditDetails,
  options?: AuditLogOptions,
): void {
  shared ??= createAuditLogger();
  shared.log(pluginId, action, details, options);
}
