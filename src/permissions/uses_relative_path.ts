import { declaredPaths } from "./declared_paths.ts";
import { isAbsolutePath } from "./permission_path.ts";
import type { PermissionDeclaration } from "./permission_set.ts";
import { isDataPath } from "./value_fault.ts";

/**
 * Whether a declaration has a path that needs the plugin's own directory, which
 * a plugin from a registry or a URL does not have.
 *
 * @param declaration What was written.
 * @returns True when a path is neither absolute nor below `$DATA`.
 */
export function usesRelativePath(declaration: PermissionDeclaration): boolean {
  return declaredPaths(declaration).some((path) =>
    !isDataPath(path) && !isAbsolutePath(path)
  );
}
