/**
 * Permissions as data: declarations, the algebra of permission sets, the flags
 * that grant a set, its hazards, and the permissions that Deno granted.
 *
 * @example The flags for a declaration
 * ```ts
 * import {
 *   formatFlags,
 *   normalizePermissions,
 *   permissionFlags,
 * } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * const set = normalizePermissions(
 *   { net: ["api.example:443"], read: ["./data"] },
 *   { directory: "/srv/app" },
 * );
 *
 * assertEquals(
 *   formatFlags(permissionFlags(set, { noPrompt: false })),
 *   "--allow-net=api.example:443 --allow-read=/srv/app/data",
 * );
 * ```
 *
 * @module
 */

import "../base/require_deno.ts";

export type { PluginErrorCode, Problem } from "../base/errors.ts";
export {
  checkDeclaration,
  type CheckDeclarationOptions,
} from "./check_declaration.ts";
export { formatFlags } from "./permission_flags.ts";
export type { Hazard, HazardContext } from "./path_hazards.ts";
export {
  normalizePermissions,
  type PermissionBase,
} from "./normalize_permissions.ts";
export {
  explainNotCapable,
  type ExplainNotCapableOptions,
  type NotCapableExplanation,
} from "./permission_remedy.ts";
export {
  type DenialOptions,
  type DenoPermissionList,
  type DenoPermissionSet,
  denoPermissionSet,
  flagProblems,
  permissionFlags,
  type PermissionFlagsOptions,
} from "./permission_flags.ts";
export { permissionHazards } from "./permission_hazards.ts";
export type {
  PermissionAnswer,
  PermissionDescriptor,
  PermissionQuery,
} from "./permission_states.ts";
export {
  entriesOf,
  formatEntry,
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
export {
  missingEntries,
  type PermissionState,
  type PermissionStates,
  queryPermissions,
  type QueryPermissionsOptions,
} from "./permission_states.ts";
export {
  permissionSurplus,
  type PermissionSurplusOptions,
  type SurplusReport,
} from "./permission_hazards.ts";
export { covers, difference, equals, union } from "./set_algebra.ts";
