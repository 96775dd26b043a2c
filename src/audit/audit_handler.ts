/**
 * What the handlers of this package have in common, the life of handlers.
 *
 * @module
 */

import { BaseHandler } from "@std/log/base-handler";
import { type LevelName, LogLevelNames } from "@std/log/levels";
import type { LogRecord } from "@std/log/logger";
import { argumentError } from "../base/argument.ts";
import { PluginError } from "../base/errors.ts";
import { describeThrown } from "../base/text.ts";
import {
  type AuditLevel,
  type EncodedEvent,
  isAuditLevel,
} from "./audit_event.ts";
import { EventEncoder } from "./event_encoder.ts";

function recordLevel(record: LogRecord): AuditLevel {
  const level = record.levelName.toLowerCase();
  return isAuditLevel(level) ? level : "info";
}

function noLevel(given: unknown): PluginError {
  const levels = LogLevelNames.join(", ");
  return argumentError(given, {
    action: "create audit handler",
    expected: `one of the levels ${levels}`,
    remedy: `Give one of ${levels}`,
  });
}

/**
 * A handler that takes an event as it was encoded, once for all handlers.
 *
 * Extend it to send events elsewhere. It is a handler of `@std/log` as well:
 * records of a logger that is not an audit logger are written as the action
 * `log` of that logger's name.
 */
export abstract class AuditHandler extends BaseHandler {
  #encoder: EventEncoder | undefined;

  /**
   * Makes a handler.
   *
   * @param levelName The lowest level it takes.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when it is not a level.
   */
  constructor(levelName: LevelName = "NOTSET") {
    if (!LogLevelNames.includes(levelName)) throw noLevel(levelName);
    super(levelName);
  }

  /**
   * Writes an event; has written it when it returns, or throws.
   *
   * @param event The event.
   */
  abstract write(event: EncodedEvent): void;

  /** The files that it reads and writes, for who works out permissions. */
  get files(): readonly string[] {
    return [];
  }

  /**
   * Learns where plugins live. A handler that writes files refuses to write
   * them there; any other has nothing to refuse.
   *
   * @param _directories The directories of plugins.
   */
  protect(_directories: readonly string[]): void {}

  /**
   * Writes a record of any logger of `@std/log`.
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
   * Writes a message that came without a record.
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

/**
 * Sets handlers up; where one cannot be, those before it are destroyed.
 *
 * @param handlers The handlers.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when one cannot be set up.
 */
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

/**
 * Destroys handlers, each one though others throw.
 *
 * @param handlers The handlers.
 * @throws What one of them threw, or an `AggregateError` of what several did.
 */
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
