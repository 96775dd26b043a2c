/**
 * One event, encoded once for all handlers.
 *
 * @module
 */

import type { AuditEvent, AuditLevel } from "./audit_event.ts";

const JSON_ESCAPE_REGEXP = /\\(?:["\\]|u[0-9a-f]{4}|[bfnrt])/g;

function showEscape(escape: string): string {
  return escape === '\\"' || escape === "\\\\" ? escape : `\\${escape}`;
}

/** An event as JSON text, with what a handler needs beside it. */
export class EncodedEvent {
  /** How grave it is. */
  readonly level: AuditLevel;
  /** When it happened, in milliseconds since the epoch. */
  readonly time: number;
  /** `PLUGIN_AUDIT: <plugin id> - <action>`, on one line. */
  readonly message: string;
  /** The event as JSON on one line, without its last brace: fields can follow. */
  readonly open: string;

  /**
   * Holds an event.
   *
   * @param level How grave it is.
   * @param time When it happened, in milliseconds since the epoch.
   * @param message Its message.
   * @param open Its JSON without the last brace.
   */
  constructor(level: AuditLevel, time: number, message: string, open: string) {
    this.level = level;
    this.time = time;
    this.message = message;
    this.open = open;
  }

  /**
   * The event as data for a handler that may print it in any way.
   *
   * It is fresh each time, so that no handler changes what another gets, and
   * what JSON has to escape stays visibly escaped in its texts.
   *
   * @returns The event.
   */
  data(): AuditEvent {
    return JSON.parse(`${this.open.replace(JSON_ESCAPE_REGEXP, showEscape)}}`);
  }
}
