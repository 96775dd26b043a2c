import { PERMISSION_KINDS } from "./permission_kind.ts";
import type { PermissionEntry, PermissionSet } from "./permission_set.ts";

/**
 * Lists the entries of a set, for those who freeze the ones that they hand on.
 *
 * @param set The set.
 * @returns Its entries as they stand, kind by kind; fresh.
 */
export function listEntries(set: PermissionSet): PermissionEntry[] {
  const entries: PermissionEntry[] = [];
  for (const kind of PERMISSION_KINDS) {
    const list = set[kind];
    if (list === undefined) continue;
    if (list === true) entries.push({ kind });
    // Passes holes over: an entry without a value would be the whole kind.
    else list.forEach((value) => entries.push({ kind, value }));
  }
  return entries;
}

/**
 * Freezes entries that are fresh, and their list.
 *
 * @param entries The entries.
 * @returns The same list.
 */
export function freezeEntries(
  entries: PermissionEntry[],
): readonly PermissionEntry[] {
  for (const entry of entries) Object.freeze(entry);
  return Object.freeze(entries);
}

/**
 * Lists the entries of a set, each of which can be asked about by itself.
 *
 * @example One entry a value, a whole kind without one
 * ```ts
 * import { entriesOf } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(entriesOf({ net: ["a.b:443"], sys: true }), [
 *   { kind: "net", value: "a.b:443" },
 *   { kind: "sys" },
 * ]);
 * ```
 *
 * @param set The set.
 * @returns Its entries as they stand, kind by kind; frozen.
 */
export function entriesOf(set: PermissionSet): readonly PermissionEntry[] {
  return freezeEntries(listEntries(set));
}
