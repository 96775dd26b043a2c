import { entriesOf } from "./entries_of.ts";
import type { PermissionDeclaration } from "./permission_set.ts";
import { isCommandPath } from "./value_fault.ts";

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
