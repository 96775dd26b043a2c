/** Writes audit events to standard error. */

import type { LevelName } from "@std/log/levels";
import { requireOptions } from "../base/errors.ts";
import { PartialWriteError, type SyncWriter, writeAll } from "../base/text.ts";
import type { AuditLevel, EncodedEvent } from "./audit_event.ts";
import { AuditHandler } from "./audit_handler.ts";

/** Options of {@linkcode AuditConsoleHandler}. */
export interface AuditConsoleHandlerOptions {
  /**
   * The minimum level.
   *
   * @default {"NOTSET"}
   */
  readonly level?: LevelName;
  /**
   * Colors the lines.
   *
   * @default {undefined} on a terminal, unless `NO_COLOR` is set
   */
  readonly colors?: boolean | undefined;
  /**
   * The destination.
   *
   * @default {Deno.stderr}
   */
  readonly writer?: { writeSync(bytes: Uint8Array): number };
}

const COLORS: Readonly<Record<AuditLevel, string>> = {
  debug: "\x1b[90m",
  info: "\x1b[34m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
  critical: "\x1b[1;31m",
};
const DIM = "\x1b[2m";
const RESET = "\x1b[0m";

/**
 * Writes each event as one line on standard error: the message, then the data
 * as JSON. Needs no permission.
 *
 * @example A line
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
 */
export class AuditConsoleHandler extends AuditHandler {
  readonly #writer: SyncWriter;
  readonly #encoder = new TextEncoder();
  readonly #colors: boolean;
  #torn = false;
  #patience: number | undefined;

  /**
   * Creates a handler.
   *
   * @param options The minimum level, colors and the destination.
   */
  constructor(options: AuditConsoleHandlerOptions = {}) {
    requireOptions(
      options,
      "create audit handler",
      'new AuditConsoleHandler({ level: "INFO" })',
    );
    const { level, colors, writer = Deno.stderr } = options;
    super(level);
    this.#writer = writer;
    this.#colors = colors ??
      (writer === Deno.stderr && Deno.stderr.isTerminal() && !Deno.noColor);
  }

  /**
   * Writes an event as one line.
   *
   * @param event The event.
   * @throws When standard error is closed, or a pipe that nobody reads.
   */
  write(event: EncodedEvent): void {
    const line = this.#colors
      ? `${
        COLORS[event.level]
      }${event.message}${RESET} ${DIM}${event.open}}${RESET}\n`
      : `${event.message} ${event.open}}\n`;
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
}
