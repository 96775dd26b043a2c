/** The audit event: as data, as JSON for handlers, as a record of `@std/log`. */

import type { LogLevel } from "@std/log/levels";
import { LogRecord } from "@std/log/logger";
import { cut, escapeControls, UNSAFE_CHARACTERS } from "../base/text.ts";
import {
  type FieldRole,
  fieldRole,
  maskCredentials,
} from "../secrets/credentials.ts";
import {
  alignSpans,
  maskSpans,
  mergeSpans,
  type Span,
} from "../secrets/redaction.ts";
import { isSecretKey } from "../secrets/secret_names.ts";

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

// An event that AuditConsoleHandler wrote for programs, perhaps in color.
const COLOR_REGEXP = new RegExp(String.raw`\x1b\[[0-9;]*m`, "g");
const DATA_START = ' {"timestamp":"';

/** Reads the data of a `PLUGIN_AUDIT:` line, after whatever a collector put before. */
function parseConsoleLine(line: string): AuditEvent | undefined {
  const plain = line.replaceAll(COLOR_REGEXP, "");
  // Quotes within the data are escaped: its last such start is its own.
  const start = plain.lastIndexOf(DATA_START);
  if (start === -1) return undefined;
  const event = parseEvent(plain.slice(start));
  const message = event && `PLUGIN_AUDIT: ${event.plugin_id} - ${event.action}`;
  return message !== undefined && plain.slice(0, start).endsWith(message)
    ? event
    : undefined;
}

/** Reads an event from a line of a log, or of a captured standard error. */
export function parseLoggedEvent(line: string): AuditEvent | undefined {
  return parseEvent(line) ?? parseConsoleLine(line);
}

/** Reads an event from a line; returns `undefined` for any other line. */
export function parseEvent(line: string): AuditEvent | undefined {
  const value = parse(line);
  return isEvent(value) ? value : undefined;
}

/** Removes secrets from a text. */
export type TextMask = (text: string) => string;

/** Masks known secrets, and then what looks like a secret. */
export class TextMasks {
  readonly #added = new Set<readonly [TextMask]>();

  /** Adds a mask, until the result is disposed. */
  add(mask: TextMask): Disposable {
    const entry = [mask] as const;
    this.#added.add(entry);
    return { [Symbol.dispose]: () => void this.#added.delete(entry) };
  }

  /** Masks the secrets that the added masks know. */
  known(text: string): string {
    let first: string | undefined;
    for (const [mask] of this.#added) {
      const masked = mask(text);
      if (masked === text) continue;
      if (first !== undefined && first !== masked) return this.#all(text);
      first = masked;
    }
    return first ?? text;
  }

  /** Applies several masks: the secret of one may be a part of another's. */
  #all(text: string): string {
    const spans: Span[] = [];
    for (const [mask] of this.#added) {
      spans.push(...alignSpans(text, mask(text)) ?? []);
    }
    let masked = maskSpans(text, mergeSpans(spans));
    for (const [mask] of this.#added) masked = mask(masked);
    return masked;
  }

  /** Masks known secrets first: half a secret would no longer be recognized. */
  mask(text: string): string {
    return maskCredentials(this.known(text));
  }
}

const MAX_ENTRIES = 2_000;

/** Remembers what was made of recurring texts, such as the keys of details. */
export class MaskedTexts<Entry> {
  readonly #entries = new Map<string, Entry>();
  readonly #masks: TextMasks | undefined;
  readonly #maxLength: number;
  readonly #make: (masked: string, given: string) => Entry;

  constructor(
    masks: TextMasks | undefined,
    maxLength: number,
    make: (masked: string, given: string) => Entry,
  ) {
    this.#masks = masks;
    this.#maxLength = maxLength;
    this.#make = make;
  }

  get(given: string): Entry {
    const masks = this.#masks;
    const short = cut(given, this.#maxLength);
    const cleared = masks?.known(short) ?? short;
    // A text with a known secret is never remembered: it may be added later.
    const isPlain = cleared === given;
    const found = isPlain ? this.#entries.get(given) : undefined;
    if (found !== undefined) return found;
    const masked = masks === undefined ? cleared : maskCredentials(cleared);
    const made = this.#make(masked, given);
    if (isPlain) {
      // Texts may be data, such as file names: the memory must not grow with them.
      if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
      this.#entries.set(given, made);
    }
    return made;
  }
}

/** Cuts a text, but no surrogate pair in two. */
export function sliceWhole(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, (last & 0xfc00) === 0xd800 ? length - 1 : length);
}

// JSON escapes the first two; the others must not reach a terminal.
const NOT_PLAIN_REGEXP = new RegExp(`["\\\\${UNSAFE_CHARACTERS}]`, "u");

/**
 * Returns a JSON string on one line. Characters that could drive a terminal or
 * reorder text are `\uXXXX` escapes.
 */
export function jsonText(text: string): string {
  if (!NOT_PLAIN_REGEXP.test(text)) return `"${text}"`;
  return escapeControls(JSON.stringify(text));
}

const MAX_KEY_LENGTH = 256;
const MAX_PLUGINS = 10_000;

/** A key that was examined. */
export interface KnownKey {
  /** The key, cut and masked. */
  readonly text: string;
  /** The same as JSON. */
  readonly json: string;
  /** Its value is a secret. */
  readonly secret: boolean;
  readonly role: FieldRole;
  readonly reserved: boolean;
  /** It differs from what the caller wrote, and may collide with another key. */
  readonly altered: boolean;
}

/** Examines keys, and remembers them. */
export class KeyBook {
  readonly #keys: MaskedTexts<KnownKey>;
  readonly #plugins = new Set<string>();

  /** Without masks, no value is a secret. */
  constructor(masks: TextMasks | undefined) {
    const redacts = masks !== undefined;
    this.#keys = new MaskedTexts(masks, MAX_KEY_LENGTH, (text, given) => ({
      text,
      json: jsonText(text),
      secret: redacts && isSecretKey(text),
      role: redacts ? fieldRole(text) : "other",
      reserved: RESERVED_FIELDS.has(text),
      altered: text !== given,
    }));
  }

  get(key: string): KnownKey {
    return this.#keys.get(key);
  }

  /** Remembers the id of a plugin, which may be a key of details. */
  addPlugin(id: string): void {
    // "credentials" is a key of data, "token-counter" a plugin's.
    if (!id.includes("-")) return;
    if (this.#plugins.size < MAX_PLUGINS) this.#plugins.add(id);
  }

  /** Returns `true` for the id of a plugin, followed by facts about it. */
  isPlugin(key: string, value: unknown): boolean {
    return value !== null && typeof value === "object" &&
      !Array.isArray(value) && this.#plugins.has(key);
  }
}

/** Finds free names for fields of one object that would replace others. */
export class FreeNames {
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  constructor(names: Iterable<string>) {
    this.#taken = new Set(names);
  }

  /** Renames a field whose key was cut, masked or reserved; returns JSON. */
  rename(text: string, isReserved: boolean): string {
    if (!isReserved) return jsonText(this.take(text));
    let name = `detail_${text}`;
    while (this.#taken.has(name)) name = `detail_${name}`;
    this.#taken.add(name);
    return jsonText(name);
  }

  /** Takes a name, or the next free one: each count of it is tried once. */
  take(name: string, second = "2"): string {
    let count = this.#counts.get(name) ?? 2;
    let free = name;
    while (this.#taken.has(free)) {
      free = `${name}_${count === 2 ? second : count}`;
      count++;
    }
    this.#counts.set(name, count);
    this.#taken.add(free);
    return free;
  }
}
