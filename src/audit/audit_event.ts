/**
 * What an audit event is made of.
 *
 * @module
 */

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
