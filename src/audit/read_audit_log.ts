/**
 * The events of an audit log.
 *
 * @module
 */

import { requireOptions, requirePath } from "../base/argument.ts";
import { PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import {
  AUDIT_LEVELS,
  type AuditEvent,
  type AuditLevel,
  parseEvent,
} from "./audit_event.ts";
import { asUnavailable } from "./log_paths.ts";
import {
  type AuditLogPosition,
  LineReader,
  LogFiles,
  MalformedLines,
} from "./log_reader.ts";

/**
 * Whether a text matches a pattern. The time it takes grows in step with the
 * two, whatever they are.
 *
 * @param pattern The pattern: `*` is any text, also none and also with dots.
 * @param text The text.
 * @returns Whether all of the text matches.
 */
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

/** Options of {@linkcode readAuditLog}: an event has to meet all that are given. */
export interface ReadAuditLogOptions {
  /** The plugin, or several; `*` stands for any text. */
  readonly plugin?: string | readonly string[] | undefined;
  /** The action, or several; `*` stands for any text, as in `plugin.*`. */
  readonly action?: string | readonly string[] | undefined;
  /** The time of the first event, which is read too. */
  readonly since?: Date | string | undefined;
  /** The time of the last event, which is read too. */
  readonly until?: Date | string | undefined;
  /** The least grave level. */
  readonly level?: AuditLevel | undefined;
  /**
   * Takes the lines that are no events, such as one that a crash left unfinished.
   *
   * @default {undefined} one line on standard error says how many there were
   */
  readonly onMalformed?: ((at: AuditLogPosition) => void) | undefined;
  /**
   * Aborts the reading.
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

/**
 * Reads the events of an audit log, the oldest first, through all files that
 * it was rotated to.
 *
 * It holds no more than a line and a block of a file, however long the log is.
 * A line that is no event is never taken for one, and never left out in
 * silence. Needs `--allow-read` for the files and their directory.
 *
 * @example The failures of one plugin
 * ```ts
 * import {
 *   createAuditLogger,
 *   JsonLinesHandler,
 *   readAuditLog,
 * } from "@semantik/plugins";
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
 * @param options Which events are wanted.
 * @returns The events.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when the log cannot be read,
 * `PLUGIN_OPTION_INVALID` when a time is none; both when the first event is asked for.
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
      const { path: name, file } = current;
      const events = new EventReader(file, name, malformed, filter);
      while (await events.fill()) {
        options.signal?.throwIfAborted();
        // One generator for all of them: each that an event passes costs more
        // than its parsing.
        let event = events.next();
        while (event !== undefined) {
          yield event;
          event = events.next();
        }
      }
    }
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown;
    throw asUnavailable("read", path, thrown);
  } finally {
    malformed.tell();
  }
}

/** Reads the events of one file. */
class EventReader {
  readonly #lines: LineReader;
  readonly #path: string;
  readonly #malformed: MalformedLines;
  readonly #filter: Filter;
  readonly #decoder = new TextDecoder();
  #line = 0;

  constructor(
    file: Deno.FsFile,
    path: string,
    malformed: MalformedLines,
    filter: Filter,
  ) {
    this.#lines = new LineReader(file);
    this.#path = path;
    this.#malformed = malformed;
    this.#filter = filter;
  }

  /** Reads on; says whether there may be more events. */
  fill(): Promise<boolean> {
    return this.#lines.fill();
  }

  /** The next event that is wanted of what is read. */
  next(): AuditEvent | undefined {
    for (
      let line = this.#lines.next();
      line !== undefined;
      line = this.#lines.next()
    ) {
      // What goes on with a line that is too long was told of at its beginning.
      if (!this.#lines.begins) continue;
      this.#line++;
      const event = parseEvent(this.#decoder.decode(line));
      if (event === undefined) {
        this.#malformed.add({ file: this.#path, line: this.#line });
      } else if (this.#filter(event)) {
        return event;
      }
    }
    return undefined;
  }
}
