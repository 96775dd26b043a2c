/**
 * How a person grants what is missing.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import { flagsToAdd } from "../permissions/flags_to_add.ts";
import { formatFlags } from "../permissions/format_flags.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";

/**
 * Says which flags grant exactly what is missing.
 *
 * @param missing The permissions; at least one.
 * @returns A sentence with the flags, ready to be pasted.
 */
export function permissionRemedy(missing: readonly PermissionEntry[]): string {
  try {
    return `Start the host with ${formatFlags(flagsToAdd(missing))}`;
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return thrown.remedy;
  }
}
