/**
 * What a command line of Deno does not grant. Pure.
 *
 * @module
 */

import type { DenoCommand } from "../permissions/parse_deno_command.ts";
import {
  entriesOf,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { covers } from "../permissions/set_algebra.ts";

function setOf({ kind, value }: PermissionEntry): PermissionSet {
  return { [kind]: value === undefined ? true : [value] };
}

/**
 * Finds out which entries of a set a command line does not grant.
 *
 * Of a flag that grants and one that denies, Deno heeds the narrower: under
 * `--allow-read=/etc/hosts --deny-read=/etc` the one file can be read. What is
 * granted but for a part is not missing.
 *
 * @param needed What is needed, in normal form.
 * @param command What `parseDenoCommand` read.
 * @returns The entries that are not granted.
 */
export function missingInCommand(
  needed: PermissionSet,
  command: DenoCommand,
): readonly PermissionEntry[] {
  const granted = entriesOf(command.granted);
  const denied = [command.denied, command.ignored].flatMap(entriesOf);
  return entriesOf(needed).filter((entry) => {
    const wanted = setOf(entry);
    const against = denied.map(setOf).filter((deny) => covers(deny, wanted));
    return !granted.some((one) => {
      if (one.kind !== entry.kind) return false;
      const grant = setOf(one);
      return covers(grant, wanted) &&
        against.every((deny) => covers(deny, grant) && !covers(grant, deny));
    });
  });
}
