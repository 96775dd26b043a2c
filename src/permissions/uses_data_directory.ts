import { declaredPaths } from "./declared_paths.ts";
import type { PermissionDeclaration } from "./permission_set.ts";
import { isDataPath } from "./value_fault.ts";

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
