/**
 * An event as a record of `@std/log`.
 *
 * @module
 */

import type { LogLevel } from "@std/log/levels";
import { LogRecord } from "@std/log/logger";
import type { AuditLevel } from "./audit_event.ts";
import type { EncodedEvent } from "./encoded_event.ts";

/** The number of each level in `@std/log`. */
export const LEVEL_NUMBERS: Readonly<Record<AuditLevel, LogLevel>> = {
  debug: 10,
  info: 20,
  warn: 30,
  error: 40,
  critical: 50,
};

/** What a handler that knows nothing of audit events is given. */
export class AuditRecord extends LogRecord {
  readonly #time: number;

  /**
   * Makes a record: the message of the event, and its data as the one argument.
   *
   * @param event The event.
   */
  constructor(event: EncodedEvent) {
    super({
      msg: event.message,
      args: [event.data()],
      level: LEVEL_NUMBERS[event.level],
      loggerName: "plugin_audit",
    });
    this.#time = event.time;
  }

  /** When the event happened, by the clock of the audit trail. */
  override get datetime(): Date {
    return new Date(this.#time);
  }
}
