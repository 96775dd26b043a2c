/** Ships audit events to a program. */

import { argumentError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import type { AuditSink, ShippedEvent } from "./ship_audit_log.ts";

/** Options of {@linkcode commandSink}. */
export interface CommandSinkOptions {
  /**
   * The arguments of the program.
   *
   * @default {[]}
   */
  readonly args?: readonly string[] | undefined;
  /**
   * The time limit of one run, in milliseconds.
   *
   * @default {60_000}
   */
  readonly timeout?: number | undefined;
}

function inputOf(events: readonly ShippedEvent[]): Uint8Array<ArrayBuffer> {
  const lines = events.map(({ host, sequence, hash, line }) =>
    `{"host":${
      JSON.stringify(host)
    },"sequence":${sequence},"hash":"${hash}","event":${line}}\n`
  );
  return new TextEncoder().encode(lines.join(""));
}

/**
 * Creates a sink that runs a program for each batch. The program gets a line of JSON
 * for each event on standard input: `host`, `sequence` and `hash`, and the event
 * itself as `event`. It exits with 0 once all of them are stored.
 *
 * After a crash it gets events again that it has stored. They are stored once only
 * if the program skips those whose `host` and `sequence` it knows.
 *
 * Needs `--allow-run` for the program. Its standard error is that of this process.
 *
 * @example A program that stores events
 * ```ts
 * import { commandSink } from "@semantik/plugins/audit";
 * import { assertEquals } from "@std/assert";
 *
 * const sink = commandSink("./store-events", { args: ["--table", "audit"] });
 *
 * assertEquals(typeof sink.send, "function");
 * ```
 *
 * @param program The program.
 * @param options Its arguments, and its time limit.
 * @returns The sink.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the program is no text.
 */
export function commandSink(
  program: string,
  options: CommandSinkOptions = {},
): AuditSink {
  if (typeof program !== "string" || program === "") {
    throw argumentError(program, {
      action: "ship to a program",
      expected: "a program",
      remedy: 'Call commandSink("./store-events")',
    });
  }
  const { args = [], timeout = 60_000 } = options;
  return {
    async send(events, { signal }): Promise<void> {
      const child = new Deno.Command(program, {
        args: [...args],
        stdin: "piped",
        stdout: "null",
        stderr: "inherit",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
      }).spawn();
      const writer = child.stdin.getWriter();
      // A program may end before it has read everything: its status says enough.
      const written = writer.write(inputOf(events)).then(() => writer.close())
        .catch(() => {});
      const { success, code } = await child.status;
      await written;
      if (success) return;
      throw new Error(`The program ${quote(program)} exited with ${code}`);
    },
  };
}
