/**
 * What the handlers of this package have in common.
 *
 * @module
 */

import { BaseHandler } from "@std/log/base-handler";
import type { LevelName } from "@std/log/levels";
import type { LogRecord } from "@std/log/logger";
import { type AuditLevel, isAuditLevel } from "./audit_event.ts";
import type { EncodedEvent } from "./encoded_event.ts";
import { EventEncoder } from "./event_encoder.ts";

function recordLevel(record: LogRecord): AuditLevel {
  const level = record.levelName.toLowerCase();
  return isAuditLevel(level) ? level : "info";
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
   */
  constructor(levelName: LevelName = "NOTSET") {
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
