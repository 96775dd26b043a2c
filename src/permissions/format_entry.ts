import { quote } from "../text.ts";
import type { PermissionEntry } from "./permission_set.ts";

/**
 * Names one permission in a message.
 *
 * @example Naming what is missing
 * ```ts
 * import { formatEntry } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatEntry({ kind: "net", value: "a.b:443" }), 'net to "a.b:443"');
 * assertEquals(formatEntry({ kind: "net" }), "net as a whole");
 * ```
 *
 * @param entry The permission.
 * @returns The kind and its value in quotes, on one line.
 */
export function formatEntry(entry: PermissionEntry): string {
  return entry.value === undefined
    ? `${entry.kind} as a whole`
    : `${entry.kind} to ${quote(entry.value)}`;
}
