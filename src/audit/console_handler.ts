/** Writes audit events to standard error. */

import type { LevelName } from "@std/log/levels";
import { argumentError, requireOptions } from "../base/errors.ts";
import {
  columnsOf,
  createPaint,
  type OutputStream,
  type Paint,
} from "../base/terminal_text.ts";
import { PartialWriteError, type SyncWriter, writeAll } from "../base/text.ts";
import {
  type AuditLevel,
  type EncodedEvent,
  parseEvent,
} from "./audit_event.ts";
import { AuditHandler } from "./audit_handler.ts";
import { formatEventLine } from "./event_line.ts";

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
