/**
 * Where the logs of plugins go.
 *
 * @module
 */

import { writeAll } from "../base/stderr.ts";
import type { PluginLog } from "../base/plugin.ts";
import { onOneLine } from "../base/text.ts";

/** How grave a message of a plugin is. */
export type PluginLogLevel = keyof PluginLog;

/**
 * Takes what a plugin logs. Secrets are masked; otherwise the message is as the
 * plugin wrote it, and may hold control characters.
 */
export type PluginLogSink = (
  pluginId: string,
  level: keyof PluginLog,
  message: string,
) => void;

const MAX_LENGTH = 16_384;
const encoder = new TextEncoder();

/**
 * Writes one line a message on standard error, with control characters escaped.
 * Debug messages are left out.
 *
 * @param pluginId The plugin.
 * @param level How grave it is.
 * @param message What the plugin says.
 */
export function logToStderr(
  pluginId: string,
  level: PluginLogLevel,
  message: string,
): void {
  if (level === "debug") return;
  const text = onOneLine(message, MAX_LENGTH);
  const line = `${level.toUpperCase()} [${pluginId}] ${text}\n`;
  writeAll(Deno.stderr, encoder.encode(line));
}

/**
 * The log that a plugin is handed. None of its methods throws.
 *
 * @param pluginId The plugin.
 * @param sink Where its messages go.
 * @param mask Takes secrets out of a text.
 * @returns The log, frozen.
 */
export function createPluginLog(
  pluginId: string,
  sink: PluginLogSink,
  mask: (text: string) => string,
): PluginLog {
  function write(level: PluginLogLevel, message: unknown): void {
    try {
      sink(pluginId, level, mask(String(message)));
    } catch {
      // A log that cannot be written is no reason for a plugin to fail.
    }
  }
  return Object.freeze({
    debug: (message: string) => write("debug", message),
    info: (message: string) => write("info", message),
    warn: (message: string) => write("warn", message),
    error: (message: string) => write("error", message),
  });
}
