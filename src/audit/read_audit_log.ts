/** Reads the events of an audit log. */

import { PluginError, requireOptions, requirePath } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import {
  AUDIT_LEVELS,
  type AuditEvent,
  type AuditLevel,
  parseLoggedEvent,
} from "./audit_event.ts";
import { asUnavailable } from "./log_paths.ts";
import {
  type AuditLogPosition,
  LineReader,
  LogFiles,
  MalformedLines,
  type ReadableFile,
} from "./log_reader.ts";

/** Matches a whole text in linear time; `*` stands for any text, also none. */
export function matchGlob(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  if (parts.length === 1) return text === first;
  const last = parts.at(-1) ?? "";
  const end = text.length - last.length;
  if (end < first.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, from);
    if (found === -1 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}

/** Options of {@linkcode readAuditLog}; filters combine with AND. */
export interface ReadAuditLogOptions {
  /**
   * The id of the plugin, or several; `*` stands for any text.
   *
   * @default {undefined} every plugin
   */
  readonly plugin?: string | readonly string[] | undefined;
  /**
   * The action, or several; `*` stands for any text, as in `plugin.*`.
   *
   * @default {undefined} every action
   */
  readonly action?: string | readonly string[] | undefined;
  /**
   * The earliest time, inclusive.
   *
   * @default {undefined}
   */
  readonly since?: Date | string | undefined;
  /**
   * The latest time, inclusive.
   *
   * @default {undefined}
   */
  readonly until?: Date | string | undefined;
  /**
   * The minimum level.
   *
   * @default {undefined} every level
   */
  readonly level?: AuditLevel | undefined;
  /**
   * Called for each line that is not an event, such as one that a crash left
   * unfinished.
   *
   * @default {undefined} one line on standard error reports their number
   */
  readonly onMalformed?: ((at: AuditLogPosition) => void) | undefined;
  /**
   * Aborts reading.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal | undefined;
}

type Filter = (event: AuditEvent) => boolean;

function matchAny(
  patterns: string | readonly string[] | undefined,
  text: string,
): boolean {
  if (patterns === undefined) return true;
  return typeof patterns === "string"
    ? matchGlob(patterns, text)
    : patterns.some((pattern) => matchGlob(pattern, text));
}

function toTime(
  name: string,
  time: Date | string | undefined,
  otherwise: number,
): number {
  if (time === undefined) return otherwise;
  const milliseconds = new Date(time).getTime();
  if (!Number.isNaN(milliseconds)) return milliseconds;
  throw new PluginError(
    `Cannot read events by time: ${name} is ${quote(String(time))}`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: 'Give a Date, or a text such as "2026-01-31T12:00:00Z"',
    },
  );
}

/** Creates the filter of these options. */
export function createFilter(options: ReadAuditLogOptions): Filter {
  const { plugin, action, level } = options;
  const since = toTime("since", options.since, -Infinity);
  const until = toTime("until", options.until, Infinity);
  const isTimed = options.since !== undefined || options.until !== undefined;
  const lowest = level === undefined ? 0 : AUDIT_LEVELS.indexOf(level);
  return (event) => {
    if (!matchAny(plugin, event.plugin_id)) return false;
    if (!matchAny(action, event.action)) return false;
    if (AUDIT_LEVELS.indexOf(event.level) < lowest) return false;
    if (!isTimed) return true;
    const time = Date.parse(event.timestamp);
    return time >= since && time <= until;
  };
}

/** Reads events from one file, or from standard input. */
export class EventReader {
  readonly #lines: LineReader;
  readonly #onMalformed: (line: number) => void;
  readonly #decoder = new TextDecoder();
  #line = 0;

  constructor(file: ReadableFile, onMalformed: (line: number) => void) {
    this.#lines = new LineReader(file);
    this.#onMalformed = onMalformed;
  }

  /** Reads more; returns `false` at the end. */
  fill(): Promise<boolean> {
    return this.#lines.fill();
  }

  /** Yields the events that were read. */
  *events(): Generator<AuditEvent, void, void> {
    const lines = this.#lines;
    let bytes: Uint8Array | undefined;
    while ((bytes = lines.next()) !== undefined) {
      // Only the beginning of a line that is too long counts.
      if (!lines.begins) continue;
      this.#line++;
      const event = parseLoggedEvent(this.#decoder.decode(bytes));
      if (event === undefined) this.#onMalformed(this.#line);
      else yield event;
    }
  }
}

/**
 * Reads the events of an audit log and its rotated files, the oldest first.
 *
 * The file contains JSON lines, or the `PLUGIN_AUDIT:` lines of a captured standard
 * error. Keeps at most one line and one block of a file in memory. A line that is
 * not an event is reported and skipped. Needs `--allow-read` for the files and their
 * directory.
 *
 * @example The failures of one plugin
 * ```ts
 * import {
 *   createAuditLogger,
 *   JsonLinesHandler,
 *   readAuditLog,
 * } from "@semantik/plugins/audit";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/audit.jsonl`;
 * {
 *   using audit = createAuditLogger({ handlers: [new JsonLinesHandler(path)] });
 *   audit.log("indexer", "index.rebuilt", { documents: 12 });
 *   audit.log("indexer", "index.failed", { reason: "no space" }, { level: "error" });
 * }
 * const reasons: unknown[] = [];
 * for await (const event of readAuditLog(path, { plugin: "indexer", action: "index.*", level: "error" })) {
 *   reasons.push(event["reason"]);
 * }
 *
 * assertEquals(reasons, ["no space"]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @param path The path of the log.
 * @param options The filters, and the handling of other lines.
 * @returns The events.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when the log cannot be read,
 * `PLUGIN_OPTION_INVALID` when a time is invalid; both with the first event.
 */
export async function* readAuditLog(
  path: string,
  options: ReadAuditLogOptions = {},
): AsyncGenerator<AuditEvent, void, void> {
  requirePath(path, "read audit log", 'readAuditLog("./audit.jsonl")');
  requireOptions(
    options,
    "read audit log",
    'readAuditLog("./audit.jsonl", { level: "error" })',
  );
  const filter = createFilter(options);
  const malformed = new MalformedLines(path, options.onMalformed);
  using log = new LogFiles(path);
  try {
    for (let next = log.next(); next !== undefined; next = log.next()) {
      using current = next;
      const reader = new EventReader(
        current.file,
        (line) => malformed.add({ file: current.path, line }),
      );
      while (await reader.fill()) {
        options.signal?.throwIfAborted();
        for (const event of reader.events()) if (filter(event)) yield event;
      }
    }
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown;
    throw asUnavailable("read", path, thrown);
  } finally {
    malformed.report();
  }
}
