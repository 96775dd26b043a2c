/** The audit event: as data, as JSON for handlers, as a record of `@std/log`. */

import type { LogLevel } from "@std/log/levels";
import { LogRecord } from "@std/log/logger";

/** The severity of an event; the levels of `@std/log`, in lower case. */
export type AuditLevel = "debug" | "info" | "warn" | "error" | "critical";

/**
 * Data that a caller adds to an event.
 *
 * Accepts any value. Values that JSON cannot represent are described, likely
 * secrets are redacted, and long values are cut and the cut is marked.
 */
export type AuditDetails = Readonly<Record<string, unknown>>;

/** Options of {@linkcode AuditLogger.log}. */
export interface AuditLogOptions {
  /**
   * The severity of the event.
   *
   * @default {"info"}
   */
  readonly level?: AuditLevel | undefined;
  /**
   * The plugin, as far as the host knows it. No detail can set these fields.
   *
   * @default {undefined}
   */
  readonly plugin?: {
    /** The type of the plugin: `plugin_type` in the event. */
    readonly type?: string | undefined;
    /** The version of the plugin: `version` in the event. */
    readonly version?: string | undefined;
    /** The module that the plugin comes from: `entry_point` in the event. */
    readonly entryPoint?: string | undefined;
  } | undefined;
}

/** A value that JSON can represent. */
export type AuditValue =
  | string
  | number
  | boolean
  | null
  | readonly AuditValue[]
  | { readonly [key: string]: AuditValue };

/** An event as it is written and read: a flat, redacted JSON object. */
export interface AuditEvent {
  /** The time of the event: ISO 8601, UTC, with a final `Z`. */
  readonly timestamp: string;
  /** The severity. */
  readonly level: AuditLevel;
  /** The id of the plugin. */
  readonly plugin_id: string;
  /** The name of the event, such as `plugin.enabled`. */
  readonly action: string;
  /** The type of the plugin, if the host knew it. */
  readonly plugin_type?: string;
  /** The version of the plugin, if the host knew it. */
  readonly version?: string;
  /** The module of the plugin, if the host knew it. */
  readonly entry_point?: string;
  /** Details. */
  readonly [detail: string]: AuditValue | undefined;
}

/** The levels, the least severe first. */
export const AUDIT_LEVELS: readonly AuditLevel[] = [
  "debug",
  "info",
  "warn",
  "error",
  "critical",
];

/** Fields that no detail may set: a detail of such a name is renamed. */
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

export function isAuditLevel(value: unknown): value is AuditLevel {
  return AUDIT_LEVELS.some((level) => level === value);
}

const JSON_ESCAPE_REGEXP = /\\(?:["\\]|u[0-9a-f]{4}|[bfnrt])/g;

function showEscape(escape: string): string {
  return escape === '\\"' || escape === "\\\\" ? escape : `\\${escape}`;
}

/** An event as JSON text, encoded once for all handlers. */
export class EncodedEvent {
  /** The severity. */
  readonly level: AuditLevel;
  /** The time, in milliseconds since the epoch. */
  readonly time: number;
  /** `PLUGIN_AUDIT: <plugin id> - <action>`, on one line. */
  readonly message: string;
  /** The event as JSON on one line, without its last brace: fields can follow. */
  readonly open: string;

  /**
   * Creates an event.
   *
   * @param level The severity.
   * @param time The time, in milliseconds since the epoch.
   * @param message The message.
   * @param open The JSON without its last brace.
   */
  constructor(level: AuditLevel, time: number, message: string, open: string) {
    this.level = level;
    this.time = time;
    this.message = message;
    this.open = open;
  }

  /**
   * Parses the event for a handler that may print it.
   *
   * Each call returns a new object. Characters that JSON escapes stay visibly
   * escaped in its strings.
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

/** A record for handlers of `@std/log` that do not know audit events. */
export class AuditRecord extends LogRecord {
  readonly #time: number;

  /** Takes the message of the event, and its data as the only argument. */
  constructor(event: EncodedEvent) {
    super({
      msg: event.message,
      args: [event.data()],
      level: LEVEL_NUMBERS[event.level],
      loggerName: "plugin_audit",
    });
    this.#time = event.time;
  }

  /** The time by the clock of the audit trail. */
  override get datetime(): Date {
    return new Date(this.#time);
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Returns `true` for a JSON object or array: a truncated event is neither. */
export function isCompleteJson(bytes: Uint8Array): boolean {
  const value = parse(new TextDecoder().decode(bytes));
  return typeof value === "object" && value !== null;
}

function isEvent(value: unknown): value is AuditEvent {
  return typeof value === "object" && value !== null &&
    "timestamp" in value && typeof value.timestamp === "string" &&
    !Number.isNaN(Date.parse(value.timestamp)) &&
    "plugin_id" in value && typeof value.plugin_id === "string" &&
    "action" in value && typeof value.action === "string" &&
    "level" in value && isAuditLevel(value.level);
}

/** Reads an event from a line; returns `undefined` for any other line. */
export function parseEvent(line: string): AuditEvent | undefined {
  const value = parse(line);
  return isEvent(value) ? value : undefined;
}
