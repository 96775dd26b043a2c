/**
 * The sentence about permissions that the process was not granted.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import {
  formatEntry,
  type PermissionEntry,
} from "../permissions/permission_set.ts";

/**
 * Permissions that the process lacks, as one problem that lists them all.
 *
 * @param id The plugin that declares them.
 * @param missing The permissions; at least one.
 * @param remedy How a person grants them, e.g. the flags to add.
 * @returns The problem.
 */
export function missingPermissions(
  id: string,
  missing: readonly PermissionEntry[],
  remedy: string,
): Problem {
  const shown = missing.map(formatEntry).join(", ");
  const [noun, verb] = missing.length === 1
    ? ["permission", "is"]
    : ["permissions", "are"];
  return {
    code: "PLUGIN_PERMISSION_MISSING",
    message: `Cannot load plugin "${id}": ${noun} ${shown} ${verb} not granted`,
    remedy,
  };
}
