/** The base class of audit handlers, and their setup and disposal. */

import { BaseHandler } from "@std/log/base-handler";
import { type LevelName, LogLevelNames } from "@std/log/levels";
import type { LogRecord } from "@std/log/logger";
import { argumentError, PluginError } from "../base/errors.ts";
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
