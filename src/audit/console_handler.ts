/** The line that people read of an event, and the handler that writes it. */

import type { LevelName } from "@std/log/levels";
import { argumentError, requireOptions } from "../base/errors.ts";
import {
  columnsOf,
  createPaint,
  displayWidth,
  type OutputStream,
  type Paint,
  type Screen,
  wrapText,
} from "../base/terminal_text.ts";
import {
  cut,
  escapeControls,
  linesOf,
  PartialWriteError,
  type SyncWriter,
  writeAll,
} from "../base/text.ts";
import {
  type AuditEvent,
  type AuditLevel,
  type EncodedEvent,
  parseEvent,
  RESERVED_FIELDS,
} from "./audit_event.ts";
import { AuditHandler } from "./audit_handler.ts";

const MAX_VALUE = 400;
const MAX_KEY = 100;
const MAX_FACTS = 3;
const PLAIN_REGEXP = /^[^\s"=]+$/;
const PLAIN_KEY_REGEXP = /^[\w.-]+$/;
// The columns of a line, by every name a reader may know them by.
const COLUMN_REGEXP =
  /^(?:time|timestamp|date|level|severity|plugin|plugin_?id|event|action)$/i;
// Only the host writes these, so that none is taken for words of the host.
const OWNED_REGEXP =
  /^(?:plugin\.(?!custom\.)|host\.|switch\.|permission\.|audit\.)/;

/** Formats a detail or a name from outside, quoted unless it is one word. */
export function formatValue(value: unknown): string {
  return escapeControls(cut(
    typeof value === "string" && PLAIN_REGEXP.test(value)
      ? value
      : JSON.stringify(value),
    MAX_VALUE,
  ));
}

/** Formats a key so that it cannot be mistaken for a column or for the end of another detail. */
function formatKey(key: string): string {
  const short = cut(key, MAX_KEY);
  if (!PLAIN_KEY_REGEXP.test(short)) {
    return escapeControls(
      JSON.stringify(short).replaceAll(
        /[\s=]/g,
        (character) =>
          `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
    );
  }
  return COLUMN_REGEXP.test(short) ? `detail_${short}` : short;
}

function formatDetails(event: AuditEvent, max: number): string {
  const details = Object.entries(event).filter(([name, value]) =>
    !RESERVED_FIELDS.has(name) && value !== undefined
  );
  const shown = details.slice(0, max)
    .map(([name, value]) => `${formatKey(name)}=${formatValue(value)}`);
  const rest = details.length - shown.length;
  return [...shown, ...rest > 0 ? [`(+${rest} more)`] : []].join(" ");
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Puts a title before a text or a number; `undefined` without one. */
function titled(title: string, value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : `${title} ${text}`;
}

/** Formats a list of texts; `undefined` if there are none. */
function listOf(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.flatMap((one) => textOf(one) ?? []);
  return texts.length === 0 ? undefined : texts.join(", ");
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Reflect.get(value, name)
    : undefined;
}

function join(
  parts: readonly (string | undefined)[],
  between: string,
): string {
  return parts.filter((part) => part !== undefined).join(between);
}

/** Returns the reason of the first problem, the number of others, and what helps. */
function reasonOf(event: AuditEvent): string | undefined {
  const { problems } = event;
  const [first, ...others] = Array.isArray(problems) ? problems : [];
  const { error } = event;
  const message = textOf(fieldOf(first, "message")) ?? textOf(error) ??
    textOf(fieldOf(error, "message")) ?? textOf(event.message);
  if (message === undefined) return undefined;
  const [line = "", more] = linesOf(message);
  // The plugin and what failed stand before it.
  const start = `plugin "${event.plugin_id}": `;
  const at = line.startsWith("Cannot ") ? line.indexOf(start) : -1;
  const why = at === -1 ? line : line.slice(at + start.length);
  const rest = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const remedy = textOf(fieldOf(first, "remedy")) ?? textOf(event.remedy);
  return join([why + (more === undefined ? "" : " …") + rest, remedy], ". ");
}

type Describe = (
  event: AuditEvent,
) => readonly [words: string, facts?: string | undefined];

function kindOf({ plugin_type, version }: AuditEvent): string {
  return join([plugin_type, version], " ");
}

function byWhom(by: unknown): string | undefined {
  return textOf(by) && `by ${textOf(by)}`;
}

/** Tells what a revocation did to live plugins, such as "ended a". */
function effectsOf(effects: unknown): string | undefined {
  if (typeof effects !== "object" || effects === null) return undefined;
  const all = Object.entries(effects)
    .map(([id, effect]) => join([textOf(effect), id], " "));
  return all.length === 0 ? undefined : listOf(all);
}

/** Names an access, and how often it was tried. */
function accessOf({ kind, value, declared, count }: AuditEvent): string {
  const what = join([textOf(kind) ?? "an access", textOf(value)], " ");
  const times = typeof count === "number" && count > 1 ? `${count} times` : "";
  const undeclared = declared === false ? "undeclared" : "";
  return [what, times, undeclared].filter((part) => part !== "").join(", ");
}

// For each action of the host: what happened, and the facts that matter.
const WORDS: Readonly<Record<string, Describe>> = {
  "plugin.registered.builtin": (event) => ["loaded a builtin", kindOf(event)],
  "plugin.registered.external": (event) => ["loaded", kindOf(event)],
  "plugin.load.refused": (event) => ["refused", reasonOf(event)],
  "plugin.load.failed": (event) => ["failed to load", reasonOf(event)],
  "plugin.load.skipped": ({ reason }) => [
    "skipped",
    reason === "switch"
      ? "a switch turns external plugins off"
      : reason === "disabled"
      ? "disabled in the stored state"
      : textOf(reason),
  ],
  "plugin.permission.missing": ({ permissions, remedy }) => [
    "not granted",
    join([listOf(permissions), textOf(remedy)], ". "),
  ],
  "plugin.permissions.unused": ({ permissions }) => [
    "did not use",
    listOf(permissions),
  ],
  "plugin.enabled": ({ by }) => ["enabled", byWhom(by)],
  "plugin.disabled": ({ by }) => ["disabled", byWhom(by)],
  "plugin.config.updated": ({ config_keys, by }) => [
    "configured",
    join([listOf(config_keys), byWhom(by)], ", "),
  ],
  "plugin.config.notice": ({ path, message }) => [
    "has an unclear configuration",
    join([textOf(path), textOf(message)], ": "),
  ],
  "plugin.enable.failed": (event) => ["could not be enabled", reasonOf(event)],
  "plugin.disable.failed": (event) => [
    "could not be disabled",
    reasonOf(event),
  ],
  "plugin.config.failed": (event) => [
    "could not be configured",
    reasonOf(event),
  ],
  "plugin.consent.granted": ({ permissions, by }) => [
    "was agreed to",
    join([listOf(permissions), byWhom(by)], ", "),
  ],
  "plugin.consent.revoked": ({ effects, by }) => [
    "lost all permissions",
    join([effectsOf(effects), byWhom(by)], ", "),
  ],
  "permission.granted": ({ permissions, by }) => [
    "was granted",
    join([listOf(permissions), byWhom(by)], ", "),
  ],
  "permission.revoked": ({ permissions, effects, by }) => [
    "lost permissions",
    join([listOf(permissions), effectsOf(effects), byWhom(by)], ", "),
  ],
  "plugin.grant.failed": (event) => ["could not be granted", reasonOf(event)],
  "plugin.revoke.failed": (event) => [
    "could not lose permissions",
    reasonOf(event),
  ],
  "plugin.state.reconciled": (
    { enabled, config_keys, consented, revoked, revision },
  ) => {
    const agreed = listOf(consented);
    const taken = listOf(revoked);
    const keys = listOf(config_keys);
    return [
      `is ${enabled === false ? "disabled" : "enabled"} in the stored state`,
      join([
        `revision ${textOf(revision) ?? "unknown"}`,
        keys && `configured ${keys}`,
        agreed && `agreed to ${agreed}`,
        taken && `revoked ${taken}`,
      ], ", "),
    ];
  },
  "plugin.health_check": ({ status, latency_ms, message }) => {
    const latency = textOf(latency_ms);
    return [
      textOf(status) ?? "health checked",
      join([latency && `${latency} ms`, textOf(message)], ", "),
    ];
  },
  "plugin.call.failed": (event) => ["failed in a call", reasonOf(event)],
  "plugin.crashed": (event) => ["crashed", reasonOf(event)],
  "plugin.crash.unclear": ({ ids, kind, error, repeated }) => [
    `unhandled ${kind === "rejection" ? "rejection" : "error"} ` +
    `from ${listOf(ids) ?? "nowhere known"} or elsewhere`,
    (textOf(error) ?? "an error") +
    (Number(repeated) > 0 ? ` (and ${Number(repeated)} like it)` : ""),
  ],
  "plugin.process.started": ({ pid }) => ["started a process", textOf(pid)],
  "plugin.process.restarted": ({ pid }) => ["restarted", textOf(pid)],
  "plugin.process.ended": ({ reason, exit_code, signal, last_words }) => {
    const code = textOf(exit_code);
    const died = textOf(signal) ?? (code && `exit code ${code}`);
    const facts = [textOf(reason), died, textOf(last_words)];
    return ["ended its process", join(facts, ", ")];
  },
  "permission.denied": (event) => ["was denied", accessOf(event)],
  "permission.allowed": (event) => ["was allowed", accessOf(event)],
  "plugin.reloaded": (event) => {
    const versions = [textOf(event.previous_version), event.version];
    const change = join(versions, " -> ");
    return ["reloaded", join([change || undefined, reasonOf(event)], ". ")];
  },
  "plugin.reload.failed": (event) => ["could not be reloaded", reasonOf(event)],
  "plugin.disposed": (event) => {
    const reason = reasonOf(event);
    return [reason === undefined ? "disposed" : "failed to dispose", reason];
  },
  "host.sealed": ({ revoked, kept }) => {
    const kinds = Array.isArray(kept)
      ? listOf(kept.map((one) => fieldOf(one, "kind")))
      : undefined;
    return [
      "sealed",
      `gave up ${listOf(revoked) ?? "nothing"}` +
      (kinds === undefined ? "" : `, kept ${kinds}`),
    ];
  },
  "host.sources.verified": (
    { lock_serial, trust_serial, refresh_by, error },
  ) => [
    "loads plugins by what an operator decided",
    join([
      titled("lock", lock_serial),
      titled("trust file", trust_serial),
      titled("whose review was due at", refresh_by),
      textOf(error),
    ], ", "),
  ],
  "host.environment.notice": ({ message, remedy }) => [
    "has an unclear environment file",
    join([textOf(message), textOf(remedy)], ". "),
  ],
  "host.state.reverted": ({ revision, seen_revision, kept_disabled }) => [
    "found a stored state that is older than before",
    join([
      `revision ${textOf(revision) ?? "unknown"} ` +
      `after ${textOf(seen_revision) ?? "unknown"}`,
      listOf(kept_disabled),
    ], ", still disabled: "),
  ],
  "host.state.copied": (event) => [
    "starts with its copy of a state that it cannot read",
    join([titled("read at", event.read_at), reasonOf(event)], ". "),
  ],
  "host.state.stale": (event) => [
    event.ends === true
      ? "ends external plugins, since it cannot read the state"
      : "goes on without the state, which it cannot read",
    reasonOf(event),
  ],
  "host.state.current": ({ revision }) => [
    "reads the state again",
    titled("revision", revision),
  ],
  "host.state.copy.failed": ({ error }) => [
    "cannot keep a copy of the state",
    textOf(error),
  ],
  "host.permission.lost": ({ permissions, called_beside }) => [
    "made the host lose permissions",
    join([listOf(permissions), listOf(called_beside)], "; called beside it: "),
  ],
  "switch.unreadable": ({ variables, remedy }) => [
    "may not read switches, which count as unset",
    join([listOf(variables), textOf(remedy)], ". "),
  ],
  "switch.unclear": ({ variable, warning }) => [
    "has an unclear switch",
    textOf(warning) ?? textOf(variable),
  ],
  "audit.lost": ({ count, since, reason }) => [
    `lacks ${textOf(count) ?? "some"} events`,
    join([textOf(reason), textOf(since)], ", since "),
  ],
};

/** Describes an event in words; those of plugins begin with a word of their own. */
export function describeEvent(event: AuditEvent, hasAll = false): string {
  const { action } = event;
  const known = Object.hasOwn(WORDS, action) ? WORDS[action] : undefined;
  if (hasAll || known === undefined) {
    const name = formatValue(action);
    const subject = OWNED_REGEXP.test(action) ? name : `reported ${name}`;
    const details = formatDetails(event, hasAll ? Infinity : MAX_FACTS);
    return details === "" ? subject : `${subject} ${details}`;
  }
  const [words, facts] = known(event);
  const shown = escapeControls(cut(facts ?? "", MAX_VALUE * 2));
  return shown === ""
    ? escapeControls(words)
    : escapeControls(words) + `: ${shown}`;
}

/** Makes a grave level stand out. */
export function paintLevel(
  word: string,
  level: AuditLevel,
  paint: Paint,
): string {
  if (level === "critical") return paint.bold(paint.red(word));
  if (level === "error") return paint.red(word);
  if (level === "warn") return paint.yellow(word);
  return level === "debug" ? paint.dim(word) : word;
}

const SECOND = "2026-01-31T12:00:00".length;
const DATE = "2026-01-31T".length;

/** Formats a time briefly: without the date if it is that of `now`. */
function formatTime(timestamp: string, now: number): string {
  const time = new Date(timestamp).toISOString();
  const short = time.slice(0, SECOND);
  return time.startsWith(new Date(now).toISOString().slice(0, DATE))
    ? `${short.slice(DATE)}Z`
    : `${short.replace("T", " ")}Z`;
}

/** Options of {@linkcode formatEventLine}. */
export interface EventLineStyle {
  readonly screen: Screen;
  /** The current time, in milliseconds since the epoch. */
  readonly now: number;
  /** Shows the action and all details in place of words. */
  readonly hasDetails?: boolean | undefined;
}

const ID_WIDTH = 18;
const WIDE = 72;
const HANGING = " ".repeat("12:00:00Z ERROR ".length);

/**
 * Formats an event: time, level, plugin, what happened in words, and the facts
 * that matter. Every text is from outside; the lines after the first are indented.
 */
export function formatEventLine(
  event: AuditEvent,
  { screen, now, hasDetails = false }: EventLineStyle,
): readonly string[] {
  const { paint, columns } = screen;
  const { timestamp, level, plugin_id } = event;
  const isWrapped = columns !== Infinity;
  const isWide = isWrapped && columns >= WIDE;
  const time = isWrapped
    ? formatTime(timestamp, now)
    : escapeControls(timestamp);
  const id = formatValue(plugin_id);
  const pad = " ".repeat(
    isWide ? Math.max(0, ID_WIDTH - displayWidth(id)) : 0,
  );
  const line = [
    paint.dim(time),
    paintLevel(level.toUpperCase().padEnd("ERROR".length), level, paint),
    paint.bold(id) + pad,
    describeEvent(event, hasDetails),
  ].join(" ");
  return wrapText(line, columns, { hanging: isWide ? HANGING : "    " });
}

/** Options of {@linkcode AuditConsoleHandler}. */
export interface AuditConsoleHandlerOptions {
  /**
   * The minimum level.
   *
   * @default {"NOTSET"}
   */
  readonly level?: LevelName;
  /**
   * The form of an event: `"text"` for people, with the facts that matter, or
   * `"json"` for programs, with all data.
   *
   * @default {"auto"} text on a terminal, JSON elsewhere
   */
  readonly format?: "auto" | "text" | "json";
  /**
   * Colors the lines.
   *
   * @default {undefined} on a terminal, unless `NO_COLOR` is set
   */
  readonly colors?: boolean | undefined;
  /**
   * The destination. Text is wrapped to the width of a terminal: to `columns()`,
   * or to the width of the terminal of this process.
   *
   * @default {Deno.stderr}
   */
  readonly writer?: {
    writeSync(bytes: Uint8Array): number;
    isTerminal?(): boolean;
    columns?(): number;
  };
}

const FORMATS: readonly unknown[] = ["auto", "text", "json"];

const COLORS = {
  debug: "dim",
  info: "green",
  warn: "yellow",
  error: "red",
  critical: "red",
} as const satisfies Readonly<Record<AuditLevel, keyof Paint>>;

/**
 * Writes each event to standard error. On a terminal, writes a line for people:
 * time, level, plugin, what happened, and the facts that matter. Elsewhere, writes
 * one line for programs: the message, then the data as JSON. Needs no permission.
 *
 * @example A line for programs
 * ```ts
 * import {
 *   AuditConsoleHandler,
 *   createAuditLogger,
 * } from "@semantik/plugins/audit";
 * import { assertMatch } from "@std/assert";
 *
 * let output = "";
 * const handler = new AuditConsoleHandler({
 *   writer: {
 *     writeSync(bytes) {
 *       output += new TextDecoder().decode(bytes);
 *       return bytes.length;
 *     },
 *   },
 *   colors: false,
 * });
 * using audit = createAuditLogger({ handlers: [handler] });
 * audit.log("indexer", "index.rebuilt", { documents: 12 });
 *
 * assertMatch(output, /^PLUGIN_AUDIT: indexer - index\.rebuilt \{.*"documents":12\}\n$/);
 * ```
 *
 * @example A line for people
 * ```ts
 * import {
 *   AuditConsoleHandler,
 *   createAuditLogger,
 * } from "@semantik/plugins/audit";
 * import { assertMatch } from "@std/assert";
 *
 * let output = "";
 * const handler = new AuditConsoleHandler({
 *   format: "text",
 *   writer: {
 *     writeSync(bytes) {
 *       output += new TextDecoder().decode(bytes);
 *       return bytes.length;
 *     },
 *   },
 * });
 * using audit = createAuditLogger({ handlers: [handler] });
 * audit.log("indexer", "index.rebuilt", { documents: 12 });
 *
 * assertMatch(output, /^\S+Z INFO  indexer reported index\.rebuilt documents=12\n$/);
 * ```
 */
export class AuditConsoleHandler extends AuditHandler {
  readonly #writer: SyncWriter & OutputStream;
  readonly #encoder = new TextEncoder();
  readonly #paint: Paint;
  readonly #isText: boolean;
  #torn = false;
  #patience: number | undefined;

  /**
   * Creates a handler.
   *
   * @param options The minimum level, the form, colors and the destination.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when an option is invalid.
   */
  constructor(options: AuditConsoleHandlerOptions = {}) {
    requireOptions(
      options,
      "create audit handler",
      'new AuditConsoleHandler({ level: "INFO" })',
    );
    const { level, format = "auto", colors, writer = Deno.stderr } = options;
    if (!FORMATS.includes(format)) {
      throw argumentError(format, {
        action: "create audit handler",
        expected: `one of the formats ${FORMATS.join(", ")}`,
        remedy: 'Give "auto", "text" or "json"',
      });
    }
    super(level);
    const isTerminal = writer.isTerminal?.() === true;
    this.#writer = writer;
    this.#isText = format === "text" || format === "auto" && isTerminal;
    this.#paint = createPaint(colors ?? (isTerminal && !Deno.noColor));
  }

  /**
   * Writes an event.
   *
   * @param event The event.
   * @throws When standard error is closed, or a pipe that nobody reads.
   */
  write(event: EncodedEvent): void {
    const line = `${this.#isText ? this.#text(event) : this.#json(event)}\n`;
    try {
      const bytes = this.#encoder.encode(this.#torn ? `\n${line}` : line);
      writeAll(this.#writer, bytes, this.#patience);
      this.#torn = false;
      this.#patience = undefined;
    } catch (error) {
      // A truncated line must not run into the next one.
      this.#torn ||= error instanceof PartialWriteError && error.written > 0;
      // A reader that did not read for a second is not waited for again.
      this.#patience = 0;
      throw error;
    }
  }

  #text(event: EncodedEvent): string {
    const parsed = parseEvent(`${event.open}}`);
    if (parsed === undefined) return this.#json(event);
    // The window of a terminal may change its size.
    const screen = { paint: this.#paint, columns: columnsOf(this.#writer) };
    return formatEventLine(parsed, { screen, now: event.time }).join("\n");
  }

  #json({ level, message, open }: EncodedEvent): string {
    const paint = this.#paint;
    return `${paint[COLORS[level]](message)} ${paint.dim(`${open}}`)}`;
  }
}
