/**
 * What an audit event is made of, and its forms: encoded once for all handlers,
 * as a record of `@std/log`, as a line.
 *
 * @module
 */

import type { LogLevel } from "@std/log/levels";
import { LogRecord } from "@std/log/logger";

/** How grave an event is; the names of `@std/log`, in lower case. */
export type AuditLevel = "debug" | "info" | "warn" | "error" | "critical";

/**
 * What a caller adds to an event.
 *
 * Any value will do: what JSON cannot hold is described, what looks like a
 * secret is redacted, what is too long is cut and the cut is marked.
 */
export type AuditDetails = Readonly<Record<string, unknown>>;

/** What a host knows of the plugin that an event is about. */
export interface AuditPlugin {
  /** The type of the plugin: `plugin_type` in the event. */
  readonly type?: string | undefined;
  /** The version of the plugin: `version` in the event. */
  readonly version?: string | undefined;
  /** The module that the plugin comes from: `entry_point` in the event. */
  readonly entryPoint?: string | undefined;
}

/** A value that JSON can hold. */
export type AuditValue =
  | string
  | number
  | boolean
  | null
  | readonly AuditValue[]
  | { readonly [key: string]: AuditValue };

/** An event as it is written and read: flat, redacted, fit for JSON. */
export interface AuditEvent {
  /** When it happened: ISO 8601, UTC, with a final `Z`. */
  readonly timestamp: string;
  /** How grave it is. */
  readonly level: AuditLevel;
  /** The plugin it is about. */
  readonly plugin_id: string;
  /** What happened, e.g. `plugin.enabled`. */
  readonly action: string;
  /** The type of the plugin, where the host knew it. */
  readonly plugin_type?: string;
  /** The version of the plugin, where the host knew it. */
  readonly version?: string;
  /** The module that the plugin comes from, where the host knew it. */
  readonly entry_point?: string;
  /** The details, beside the fields above. */
  readonly [detail: string]: AuditValue | undefined;
}

/** The levels of an event, the least grave first. */
export const AUDIT_LEVELS: readonly AuditLevel[] = [
  "debug",
  "info",
  "warn",
  "error",
  "critical",
];

/** The fields that no detail may set: one that bears such a name is renamed. */
export const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  "timestamp",
  "level",
  "plugin_id",
  "action",
  "plugin_type",
  "version",
  "entry_point",
  "chain_start",
  "chain_torn",
  "chain_sequence",
  "chain_previous",
  "chain_hash",
]);

/**
 * Whether a value is the name of a level.
 *
 * @param value What a caller handed over.
 * @returns Whether it is.
 */
export function isAuditLevel(value: unknown): value is AuditLevel {
  return AUDIT_LEVELS.some((level) => level === value);
}

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

/**
 * Whether bytes are a JSON object. The beginning of an event never is one.
 *
 * @param bytes The bytes of a line.
 * @returns Whether they are.
 */
export function isJsonObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

function isEvent(value: unknown): value is AuditEvent {
  return typeof value === "object" && value !== null &&
    "timestamp" in value && typeof value.timestamp === "string" &&
    !Number.isNaN(Date.parse(value.timestamp)) &&
    "plugin_id" in value && typeof value.plugin_id === "string" &&
    "action" in value && typeof value.action === "string" &&
    "level" in value && isAuditLevel(value.level);
}

/**
 * Reads an event from a line.
 *
 * @param line The text of the line.
 * @returns The event, or `undefined` where the line is none.
 */
export function parseEvent(line: string): AuditEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
