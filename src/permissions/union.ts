import { entriesOf } from "./entries_of.ts";
import { normalForm } from "./normal_form.ts";
import type { PermissionSet } from "./permission_set.ts";
import { readSet } from "./read_set.ts";

/**
 * The least set that permits all that the given sets permit.
 *
 * @example Two plugins in one process
 * ```ts
 * import { union } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   union({ net: ["b.example"] }, { net: ["a.example"], read: ["/data"] }),
 *   { read: ["/data"], net: ["a.example", "b.example"] },
 * );
 * ```
 *
 * @param sets Any number of sets.
 * @returns Their union in normal form.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function union(...sets: readonly PermissionSet[]): PermissionSet {
  return normalForm(sets.flatMap((set) => entriesOf(readSet(set))));
}
