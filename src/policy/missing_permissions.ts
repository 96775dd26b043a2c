/** Refuses a plugin when the host's process lacks a permission it needs. */

import type { Problem } from "../base/errors.ts";
import {
  formatEntry,
  type PermissionEntry,
} from "../permissions/permission_set.ts";
import type { HostFacts, PluginFacts } from "./facts.ts";

/** Lists all missing permissions in one problem; there is at least one. */
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

export function checkPermissions(
  id: string,
  { missing, remedy }: Pick<PluginFacts, "missing" | "remedy">,
  { permissionMode }: Pick<HostFacts, "permissionMode">,
): readonly Problem[] {
  return permissionMode === "enforce" && missing.length > 0
    ? [missingPermissions(id, missing, remedy)]
    : [];
}
