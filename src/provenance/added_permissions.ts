/** Finds what a newer version of a plugin asks for beyond an older one. Pure. */

import { npmPackagesIn } from "../permissions/check_declaration.ts";
import { normalizePermissions } from "../permissions/normalize_permissions.ts";
import {
  listEntries,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { SetIndex, union } from "../permissions/set_algebra.ts";

/** The permissions of a plugin, as its manifest declares them. */
export interface DeclaredPermissions {
  /** The permissions that it needs. */
  readonly permissions: PermissionDeclaration;
  /** The permissions that it uses when they are granted. */
  readonly optionalPermissions: PermissionDeclaration;
}

// A declaration is compared without the machine that it is used on. No real path
// is in these directories, and no "../" of a permission leads out of them.
const BASE = {
  directory: `/$PLUGIN${"/_".repeat(400)}`,
  dataDirectory: `/$DATA${"/_".repeat(400)}`,
  windows: false,
};

function resolve(declaration: PermissionDeclaration): PermissionSet {
  const packages = [...npmPackagesIn(declaration)];
  const npmDirectories = Object.fromEntries(
    packages.map((name) => [name, [`/$NPM/${encodeURIComponent(name)}`]]),
  );
  return normalizePermissions(declaration, { ...BASE, npmDirectories });
}

/** Returns the declaration of one permission. */
function only({ kind, value }: PermissionEntry): PermissionDeclaration {
  return { [kind]: value === undefined ? true : [value] };
}

/**
 * Lists the permissions of a plugin that another declaration does not cover,
 * needed and optional ones alike.
 *
 * @example A host that was not there before
 * ```ts
 * import { addedPermissions } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const before = { permissions: { net: ["a.example"] }, optionalPermissions: {} };
 * const after = {
 *   permissions: { net: ["a.example:443", "b.example"] },
 *   optionalPermissions: {},
 * };
 *
 * assertEquals(addedPermissions(before, after), [
 *   { kind: "net", value: "b.example" },
 * ]);
 * ```
 *
 * @param before The permissions that a person reviewed.
 * @param after The permissions to compare.
 * @returns Each value that is new, as it is written; empty if nothing is added.
 */
export function addedPermissions(
  before: DeclaredPermissions,
  after: DeclaredPermissions,
): readonly PermissionEntry[] {
  const reviewed = new SetIndex(
    union(resolve(before.permissions), resolve(before.optionalPermissions)),
  );
  const entries = [
    ...listEntries(after.permissions),
    ...listEntries(after.optionalPermissions),
  ];
  const added = entries.filter((entry) =>
    !listEntries(resolve(only(entry))).every((one) => reviewed.covers(one))
  );
  return Object.freeze(added.map((entry) => Object.freeze(entry)));
}
