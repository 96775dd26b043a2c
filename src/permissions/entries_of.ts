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
  return Object.freeze(PERMISSION_KINDS.flatMap((kind): PermissionEntry[] => {
    const list = set[kind];
    if (list === undefined) return [];
    if (list === true) return [Object.freeze({ kind })];
    return list.map((value) => Object.freeze({ kind, value }));
  }));
}
