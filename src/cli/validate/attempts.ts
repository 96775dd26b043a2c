/**
 * What a plugin tried beyond what its manifest declares. Pure.
 *
 * @module
 */

import type { Problem } from "../../errors.ts";
import { normalizePermissions } from "../../permissions/normalize_permissions.ts";
import {
  formatEntry,
  type PermissionEntry,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { covers } from "../../permissions/set_algebra.ts";
import type { Access } from "./access_log.ts";

// What Deno writes instead of the directory of temporary files, and the like.
const HIDDEN_REGEXP = /^<[A-Z_]+>$/;

function isCovered(entry: PermissionEntry, allowed: PermissionSet): boolean {
  const { kind, value } = entry;
  if (value === undefined) return covers(allowed, { [kind]: true });
  if (allowed[kind] === true) return true;
  if (HIDDEN_REGEXP.test(value)) return false;
  try {
    return covers(allowed, normalizePermissions({ [kind]: [value] }));
  } catch {
    // What no manifest could declare is covered by the whole kind alone.
    return false;
  }
}

function describe({ entry, place }: Access): string {
  const { kind, value } = entry;
  const what = value === "<TMP>"
    ? `${kind} to the directory of temporary files`
    : formatEntry(entry);
  return place === undefined ? what : `${what} (${place})`;
}

/**
 * Tells what a plugin tried beyond its declaration.
 *
 * @param accesses What it used, or tried to use.
 * @param allowed What it declares, required and optional, and what its being
 * loaded needs; in normal form.
 * @returns A problem for each thing.
 */
export function attemptProblems(
  accesses: readonly Access[],
  allowed: PermissionSet,
): readonly Problem[] {
  return accesses
    .filter(({ entry }) => !isCovered(entry, allowed))
    .map((access): Problem => ({
      code: "PLUGIN_PERMISSION_MISSING",
      message: `It tried ${
        describe(access)
      }, which its manifest does not declare`,
      remedy:
        `Declare it at permissions.${access.entry.kind} or optionalPermissions.${access.entry.kind}, or do without it`,
      path: `permissions.${access.entry.kind}`,
    }));
}
