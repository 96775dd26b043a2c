/** Encodes events as JSON, once for all handlers. */

import { BaseHandler } from "@std/log/base-handler";
import { type LevelName, LogLevelNames } from "@std/log/levels";
import type { LogRecord } from "@std/log/logger";
import { argumentError, PluginError } from "../base/errors.ts";
import { describeThrown, escapeControls } from "../base/text.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import {
  type AuditLevel,
  type AuditLogOptions,
  EncodedEvent,
  isAuditLevel,
  jsonText,
  KeyBook,
  MaskedTexts,
  type TextMask,
  TextMasks,
} from "./audit_event.ts";
import { DetailWriter } from "./detail_writer.ts";

const MAX_ID_LENGTH = 1_024;

/** Creates a formatter of times as ISO 8601, which keeps the last second. */
function createTimestamp(): (milliseconds: number) => string {
  let second = NaN;
  let prefix = "";
  return (milliseconds) => {
    const whole = Math.floor(milliseconds / 1_000);
    if (whole !== second) {
      prefix = new Date(milliseconds).toISOString().slice(0, -4);
      second = whole;
    }
    const rest = Math.floor(milliseconds - whole * 1_000);
    return `${prefix}${String(rest).padStart(3, "0")}Z`;
  };
}

/** The fields of an event, without its details. */
export interface EventFacts {
  readonly pluginId: string;
  readonly action: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: AuditLevel;
  readonly plugin: AuditLogOptions["plugin"];
}

/** Encodes events; remembers recurring ids, actions and keys. */
export class EventEncoder {
  readonly #masks: TextMasks | undefined;
  readonly #mask: TextMask | undefined;
  readonly #keys: KeyBook;
  // These are part of the message, and so visibly escaped in both.
  readonly #ids: MaskedTexts<{ readonly text: string; readonly json: string }>;
  readonly #timestamp = createTimestamp();

  constructor(redact: boolean) {
    const masks = redact ? new TextMasks() : undefined;
    this.#masks = masks;
    this.#mask = masks && ((text) => masks.mask(text));
    this.#keys = new KeyBook(masks);
    this.#ids = new MaskedTexts(masks, MAX_ID_LENGTH, (masked) => {
      const text = escapeControls(masked);
      return { text, json: jsonText(text) };
    });
  }

  /** Adds a mask for known secrets, until the result is disposed. */
  redactWith(mask: TextMask): Disposable {
    return this.#masks?.add(mask) ?? { [Symbol.dispose]() {} };
  }

  /** Redacts a text that is no event. */
  redact(text: string): string {
    return this.#mask?.(text) ?? maskCredentials(text);
  }

  encode(facts: EventFacts, details: unknown): EncodedEvent {
    const { level, time, plugin } = facts;
    const id = this.#id(facts.pluginId);
    const action = this.#id(facts.action);
    let open = `{"timestamp":"${
      this.#timestamp(time)
    }","level":"${level}","plugin_id":${id.json},"action":${action.json}`;
    if (plugin !== undefined) {
      this.#keys.addPlugin(facts.pluginId);
      open += this.#field("plugin_type", plugin.type) +
        this.#field("version", plugin.version) +
        this.#field("entry_point", plugin.entryPoint);
    }
    open += new DetailWriter(this.#keys, this.#mask).write(details);
    const message = `PLUGIN_AUDIT: ${id.text} - ${action.text}`;
    return new EncodedEvent(level, time, message, open);
  }

  #field(name: string, value: string | undefined): string {
    return value === undefined ? "" : `,"${name}":${this.#id(value).json}`;
  }

  #id(value: string) {
    // Untyped callers may pass anything.
    return this.#ids.get(
      typeof value === "string" ? value : describeThrown(value),
    );
  }
}

function recordLevel(record: LogRecord): AuditLevel {
  const level = record.levelName.toLowerCase();
  return isAuditLevel(level) ? level : "info";
}

function invalidLevel(given: unknown): PluginError {
  const levels = LogLevelNames.join(", ");
  return argumentError(given, {
    action: "create audit handler",
    expected: `one of the levels ${levels}`,
    remedy: `Give one of ${levels}`,
  });
}

/**
 * Base class of handlers that receive events already encoded.
 *
 * Extend it to send events elsewhere. It also works with loggers of `@std/log`:
 * their records are written as the action `log` of that logger's name.
 */
export abstract class AuditHandler extends BaseHandler {
  #encoder: EventEncoder | undefined;

  /**
   * Creates a handler.
   *
   * @param levelName The minimum level.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when it is not a level.
   */
  constructor(levelName: LevelName = "NOTSET") {
    if (!LogLevelNames.includes(levelName)) throw invalidLevel(levelName);
    super(levelName);
  }

  /**
   * Writes an event before it returns, or throws.
   *
   * @param event The event.
   */
  abstract write(event: EncodedEvent): void;

  /** The number of events that it accepted and lost later. */
  get lost(): number {
    return 0;
  }

  /** The files that it reads and writes, for permission reports. */
  get files(): readonly string[] {
    return [];
  }

  /**
   * Receives the directories of plugins. A handler that writes files refuses to
   * write in them; by default, does nothing.
   *
   * @param _directories The directories of plugins.
   */
  protect(_directories: readonly string[]): void {}

  /**
   * Writes a record of a logger of `@std/log`.
   *
   * @param record The record.
   */
  override handle(record: LogRecord): void {
    if (this.level > record.level) return;
    const args = record.args;
    this.#writeLog(record.loggerName, recordLevel(record), {
      message: record.msg,
      ...(args.length > 0 && { args }),
    }, record.datetime.getTime());
  }

  /**
   * Writes a message without a record.
   *
   * @param message The message.
   */
  override log(message: string): void {
    this.#writeLog("log", "info", { message }, Date.now());
  }

  #writeLog(
    pluginId: string,
    level: AuditLevel,
    details: Readonly<Record<string, unknown>>,
    time: number,
  ): void {
    this.#encoder ??= new EventEncoder(true);
    const facts = { pluginId, action: "log", level, time, plugin: undefined };
    this.write(this.#encoder.encode(facts, details));
  }
}

function asPluginError(handler: BaseHandler, error: unknown): PluginError {
  if (error instanceof PluginError) return error;
  return new PluginError(
    `Cannot set up ${handler.constructor.name}: ${describeThrown(error)}`,
    {
      code: "PLUGIN_AUDIT_UNAVAILABLE",
      remedy: "Correct the options of the handler, or leave it out",
      cause: error,
    },
  );
}

/** Sets up handlers; if one throws, destroys those before it. */
export function setUpHandlers(handlers: readonly BaseHandler[]): void {
  const done: BaseHandler[] = [];
  for (const handler of handlers) {
    try {
      handler.setup();
      done.push(handler);
    } catch (error) {
      destroyHandlers(done);
      throw asPluginError(handler, error);
    }
  }
}

/** Destroys all handlers, even if one throws. */
export function destroyHandlers(handlers: readonly BaseHandler[]): void {
  const errors: unknown[] = [];
  for (const handler of handlers) {
    try {
      handler.destroy();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new AggregateError(errors, "Cannot destroy all audit handlers");
  }
}
