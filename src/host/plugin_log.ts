/**
 * Where the logs of plugins go.
 *
 * @module
 */

import { writeWhole } from "../audit/write_whole.ts";
import type { PluginLog } from "../plugin.ts";
import { maskCredentials } from "../secrets/mask_credentials.ts";
import { cut, escapeControls } from "../text.ts";

/** How grave a message of a plugin is. */
export type PluginLogLevel = keyof PluginLog;

/**
 * Takes what a plugin logs. The message is as the plugin wrote it: it may hold
 * control characters, and secrets.
 */
export type PluginLogSink = (
  pluginId: string,
  level: PluginLogLevel,
  message: string,
) => void;

const MAX_LENGTH = 16_384;
const encoder = new TextEncoder();

/**
 * Writes one line a message on standard error: control characters escaped,
 * what looks like a credential masked. Debug messages are left out.
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
  const text = escapeControls(maskCredentials(cut(message, MAX_LENGTH)));
  const line = `${level.toUpperCase()} [${pluginId}] ${text}\n`;
  writeWhole(Deno.stderr, encoder.encode(line));
}

/**
 * The log that a plugin is handed. None of its methods throws.
 *
 * @param pluginId The plugin.
 * @param sink Where its messages go.
 * @returns The log, frozen.
 */
export function createPluginLog(
  pluginId: string,
  sink: PluginLogSink,
): PluginLog {
  function write(level: PluginLogLevel, message: unknown): void {
    try {
      sink(pluginId, level, String(message));
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
