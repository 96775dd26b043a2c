/**
 * When a host cannot be asked to change.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";

/**
 * Rejects a call from a plugin that the host is waiting for: the two would wait
 * for each other.
 *
 * @throws {PluginError} `PLUGIN_REENTRANT_LOAD` when a plugin's code calls.
 */
export function assertOutside(
  caller: string | undefined,
  action: string,
): void {
  if (caller === undefined) return;
  throw new PluginError(
    `Cannot ${action}: plugin "${caller}" asks for it while the host waits ` +
      "for that plugin",
    {
      code: "PLUGIN_REENTRANT_LOAD",
      pluginId: caller,
      remedy: "Ask for it after setup, from a callback of its own",
    },
  );
}

/**
 * The error for a host that was disposed of.
 *
 * @param action What was asked for.
 * @returns The error.
 */
export function hostDisposed(action: string): PluginError {
  return new PluginError(`Cannot ${action}: the host was disposed of`, {
    code: "PLUGIN_HOST_DISPOSED",
    remedy: "Make a new host",
  });
}
