import { freezeEntries, listEntries } from "./entries_of.ts";
import type { PermissionEntry, PermissionSet } from "./permission_set.ts";
import {
  isMissing,
  permissionKey,
  type PermissionStates,
} from "./query_permissions.ts";

/**
 * The entries of a set that the process was not granted.
 *
 * What is granted but for a part that the operator denies by name is not
 * missing: no flag would add it. Nor is what a permission broker decides. An
 * entry that was not asked about is missing.
 *
 * @example Nothing was granted
 * ```ts
 * import { missingEntries } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const states = new Map([["net:a.b:443", "prompt"], ["sys", "granted"]] as const);
 *
 * assertEquals(missingEntries({ net: ["a.b:443"], sys: true }, states), [
 *   { kind: "net", value: "a.b:443" },
 * ]);
 * ```
 *
 * @param set What is declared, in normal form.
 * @param states What `queryPermissions` answered.
 * @returns The entries whose state is `"prompt"` or `"denied"`, or not known.
 */
export function missingEntries(
  set: PermissionSet,
  states: PermissionStates,
): readonly PermissionEntry[] {
  return freezeEntries(
    listEntries(set).filter((entry) =>
      isMissing(states.get(permissionKey(entry)))
    ),
  );
}
