/** The logs of plugins. */

import { onOneLine, writeAll } from "../base/text.ts";
import type { PluginLog } from "../base/plugin.ts";

/**
 * Receives the log messages of plugins. Secrets are masked. The rest of a message
 * is unchanged, and may contain control characters.
 */
export type PluginLogSink = (
  pluginId: string,
  level: keyof PluginLog,
  message: string,
) => void;

const MAX_LENGTH = 16_384;
const encoder = new TextEncoder();

/**
 * Writes one line per message on standard error, with control characters escaped.
 * Omits debug messages.
 */
export const logToStderr: PluginLogSink = (pluginId, level, message) => {
  if (level === "debug") return;
  const text = onOneLine(message, MAX_LENGTH);
  const line = `${level.toUpperCase()} [${pluginId}] ${text}\n`;
  writeAll(Deno.stderr, encoder.encode(line));
};

/** Creates the log of a plugin. None of its methods throws. */
export function createPluginLog(
  pluginId: string,
  sink: PluginLogSink,
  mask: (text: string) => string,
): PluginLog {
  const write = (level: keyof PluginLog) => (message: unknown) => {
    try {
      sink(pluginId, level, mask(String(message)));
    } catch {
      // A plugin must not fail because its log cannot be written.
    }
  };
  return Object.freeze({
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  });
}
