/**
 * What a permission set looks like: as it is written, entry by entry, and in
 * its normal form.
 *
 * @module
 */

import type { PermissionKind } from "./permission_kind.ts";

/**
 * Permissions as a person writes them, in a manifest's `permissions` or a
 * host's `hostPermissions`: each kind whole (`true`) or a list.
 */
export type PermissionDeclaration = Readonly<
  Partial<Record<PermissionKind, true | readonly string[]>>
>;

/** One permission: a kind, and what of it; without `value` the whole kind. */
export type PermissionEntry = Readonly<{
  /** The kind, e.g. `"net"`. */
  kind: PermissionKind;
  /** What of it, e.g. `"example.com:443"`; left out for the whole kind. */
  value?: string;
}>;

/**
 * Permissions in normal form: paths absolute, hosts as Deno compares them,
 * sorted, without what another entry covers, without empty lists, frozen.
 *
 * Two sets that permit the same are deeply equal. What `normalizePermissions`,
 * `union` and `difference` return is in normal form; every function that takes
 * a set brings it into normal form first, so a literal does as well.
 */
export type PermissionSet = PermissionDeclaration;

/** The set that permits nothing. */
export const EMPTY_PERMISSIONS: PermissionSet = Object.freeze({});
