/**
 * The paths of a declaration, as they were written.
 *
 * @module
 */

import { entriesOf, type PermissionDeclaration } from "./permission_set.ts";
import { isCommandPath, isDataPath } from "./value_fault.ts";

/**
 * The paths of a declaration, of whatever kind.
 *
 * @param declaration What was written.
 * @returns Every value that Deno takes for a path, as it was written.
 */
export function declaredPaths(
  declaration: PermissionDeclaration,
): readonly string[] {
  const windows = Deno.build.os === "windows";
  return entriesOf(declaration).flatMap(({ kind, value }) => {
    if (value === undefined) return [];
    const isPath = kind === "read" || kind === "write" || kind === "ffi" ||
      (kind === "run" && isCommandPath(value, windows));
    return isPath ? [value] : [];
  });
}

/**
 * Whether a declaration names the plugin's private data directory, so that a
 * host without `dataDirectory` cannot load the plugin.
 *
 * @param declaration What was written.
 * @returns True when a path begins with `$DATA`.
 */
export function usesDataDirectory(declaration: PermissionDeclaration): boolean {
  return declaredPaths(declaration).some(isDataPath);
}
