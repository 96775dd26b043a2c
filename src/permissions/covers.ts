import { entriesOf } from "./entries_of.ts";
import type { PermissionSet } from "./permission_set.ts";
import { readSet } from "./read_set.ts";
import { SetIndex } from "./set_index.ts";

/**
 * Whether one set permits all that another does, as Deno reads both: `/data`
 * covers `/data/x` and not `/database`, a host covers each of its ports,
 * `*.example.com` each of its subdomains, `AWS_*` each variable it begins.
 *
 * @example A directory and its namesake
 * ```ts
 * import { covers } from "@semantik/plugins";
 * import { assert, assertFalse } from "@std/assert";
 *
 * assert(covers({ read: ["/data"] }, { read: ["/data/x"] }));
 * assertFalse(covers({ read: ["/data"] }, { read: ["/database"] }));
 * ```
 *
 * @param a The set that may cover.
 * @param b The set that may be covered.
 * @returns True when every entry of `b` is covered by one of `a`.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function covers(a: PermissionSet, b: PermissionSet): boolean {
  const index = new SetIndex(readSet(a));
  return entriesOf(readSet(b)).every((entry) => index.covers(entry));
}
