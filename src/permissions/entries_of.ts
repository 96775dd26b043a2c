import { PERMISSION_KINDS } from "./permission_kind.ts";
import type { PermissionEntry, PermissionSet } from "./permission_set.ts";

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
  const entries: PermissionEntry[] = [];
  for (const kind of PERMISSION_KINDS) {
    const list = set[kind];
    if (list === undefined) continue;
    if (list === true) entries.push(Object.freeze({ kind }));
    // Not what a hole would be: an entry without a value is the whole kind.
    else list.forEach((value) => entries.push(Object.freeze({ kind, value })));
  }
  return Object.freeze(entries);
}
