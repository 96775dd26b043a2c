/** Rejects calls that the host cannot serve. */

import { PluginError } from "../base/errors.ts";

/** Rejects a call from a plugin that the host is waiting for: it would deadlock. */
export function assertOutside(
  caller: string | undefined,
  action: string,
): void {
  if (caller === undefined) return;
  throw new PluginError(
    `Cannot ${action}: plugin "${caller}" calls this while the host waits ` +
      "for that plugin",
    {
      code: "PLUGIN_REENTRANT_LOAD",
      pluginId: caller,
      remedy: "Call it after setup, from a later callback",
    },
  );
}

export function hostDisposed(action: string): PluginError {
  return new PluginError(`Cannot ${action}: the host was disposed`, {
    code: "PLUGIN_HOST_DISPOSED",
    remedy: "Create a new host",
  });
}
