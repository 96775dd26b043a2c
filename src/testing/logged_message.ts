/**
 * What plugins log, for a test to read.
 *
 * @module
 */

import type { PluginLogLevel, PluginLogSink } from "../host/plugin_log.ts";

/** One message of a plugin's log. */
export interface LoggedMessage {
  /** The plugin. */
  readonly id: string;
  /** How grave it is. */
  readonly level: PluginLogLevel;
  /** What the plugin said; secrets are masked. */
  readonly message: string;
}

/**
 * Makes a sink that keeps what plugins log.
 *
 * @param messages Where to add each message.
 * @returns The sink: the option `log` of a host.
 */
export function collectMessages(messages: LoggedMessage[]): PluginLogSink {
  return (id, level, message) => {
    messages.push(Object.freeze({ id, level, message }));
  };
}
