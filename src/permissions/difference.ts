import { entriesOf } from "./entries_of.ts";
import { normalForm } from "./normal_form.ts";
import type { PermissionSet } from "./permission_set.ts";
import { readSet } from "./read_set.ts";
import { SetIndex } from "./set_index.ts";

/**
 * What one set permits and another does not, in whole entries: a directory of
 * which the other set has a part stays in the difference, because Deno cannot
 * express the rest.
 *
 * @example What is still missing
 * ```ts
 * import { difference } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   difference({ net: ["a.b:80", "c.d"] }, { net: ["a.b"] }),
 *   { net: ["c.d"] },
 * );
 * ```
 *
 * @param a The set to take from.
 * @param b The set to take away.
 * @returns The entries of `a` that `b` does not cover, in normal form.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function difference(a: PermissionSet, b: PermissionSet): PermissionSet {
  const index = new SetIndex(readSet(b));
  return normalForm(
    entriesOf(readSet(a)).filter((entry) => !index.covers(entry)),
  );
}
