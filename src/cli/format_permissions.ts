/**
 * Permissions in short.
 *
 * @module
 */

import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";

const MAX_VALUES = 3;

/**
 * Writes what is declared in few words, e.g. `net api.example.com:443; sys`.
 *
 * @param declared What is declared.
 * @returns One text, which may hold foreign characters; `none` for nothing.
 */
export function formatPermissions(declared: PermissionDeclaration): string {
  const kinds = PERMISSION_KINDS.flatMap((kind) => {
    const list = declared[kind];
    if (list === undefined) return [];
    if (list === true) return [`${kind} (all)`];
    const rest = list.length - MAX_VALUES;
    const shown = list.slice(0, MAX_VALUES).join(", ");
    return [`${kind} ${shown}${rest > 0 ? ` and ${rest} more` : ""}`];
  });
  return kinds.length === 0 ? "none" : kinds.join("; ");
}
