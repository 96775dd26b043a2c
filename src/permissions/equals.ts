import { covers } from "./covers.ts";
import type { PermissionSet } from "./permission_set.ts";

/**
 * Whether two sets permit the same.
 *
 * @example Two spellings of one set
 * ```ts
 * import { equals } from "@semantik/plugins";
 * import { assert } from "@std/assert";
 *
 * assert(equals({ net: ["A.example:80", "a.example"] }, { net: ["a.example"] }));
 * ```
 *
 * @param a One set.
 * @param b The other.
 * @returns True when each covers the other.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function equals(a: PermissionSet, b: PermissionSet): boolean {
  return covers(a, b) && covers(b, a);
}
