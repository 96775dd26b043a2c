/**
 * How a person grants what is missing.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import { formatFlags } from "../permissions/format_flags.ts";
import { normalForm } from "../permissions/normal_form.ts";
import { permissionFlags } from "../permissions/permission_flags.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";

/**
 * Says which flags grant exactly what is missing.
 *
 * @param missing The permissions; at least one.
 * @returns A sentence with the flags, ready to be pasted.
 */
export function permissionRemedy(missing: readonly PermissionEntry[]): string {
  try {
    const flags = permissionFlags(normalForm(missing), { noPrompt: false });
    return `Start the host with ${formatFlags(flags)}`;
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return thrown.remedy;
  }
}
