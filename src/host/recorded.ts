/**
 * No operation on a plugin goes unrecorded, also where it came to nothing.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import { describeThrown } from "../text.ts";
import type { HostCore } from "./core.ts";

/**
 * Carries out an operation, and records that it changed nothing where it failed.
 *
 * @param core The host.
 * @param id The plugin, as the caller named it.
 * @param action What is recorded, e.g. `plugin.disable.failed`.
 * @param operation The operation.
 * @returns What it returns.
 * @throws what it throws.
 */
export async function recorded<Result>(
  core: HostCore,
  id: string,
  action: string,
  operation: () => Promise<Result>,
): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    const plugin = core.registry.get(id)?.plugin ?? core.opened.get(id);
    // Of a plugin that nobody knows there is nothing to record.
    const isUnknown = thrown instanceof PluginError &&
      thrown.code === "PLUGIN_NOT_FOUND";
    if (isUnknown) throw thrown;
    const details = thrown instanceof PluginError
      ? { code: thrown.code, problems: thrown.problems }
      : { error: core.mask(describeThrown(thrown)) };
    if (plugin !== undefined) core.record(plugin, action, details, "warn");
    else core.settings.audit.log(id, action, details, { level: "warn" });
    throw thrown;
  }
}
