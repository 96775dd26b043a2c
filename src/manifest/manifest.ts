/**
 * What a plugin says of itself, as types.
 *
 * @module
 */

import type { PermissionDeclaration } from "../permissions/permission_set.ts";

/** A plugin that another one needs. */
export interface Requirement {
  /** The id of the other plugin. */
  readonly id: string;
  /** The versions of it that will do: a semver range. */
  readonly version: string;
  /**
   * Whether this plugin also works without it. An optional requirement only
   * orders: where the other plugin is there, it is ready first.
   *
   * @default {false}
   */
  readonly optional?: boolean | undefined;
}

/** A manifest that was read and found good: copied, complete and frozen. */
export interface Manifest {
  /** Unique across all plugins of a host, whatever their type. */
  readonly id: string;
  /** What it plugs into, e.g. `embedding`. */
  readonly type: string;
  /** Its version, as semver. */
  readonly version: string;
  /** Its name, for people. */
  readonly displayName?: string | undefined;
  /** What it does, for people. */
  readonly description?: string | undefined;
  /** Who made it. */
  readonly author?: string | undefined;
  /** Under which licence, e.g. an SPDX identifier. */
  readonly license?: string | undefined;
  /** Where to read more: an `https:` URL. */
  readonly homepage?: string | undefined;
  /**
   * The module, relative to the manifest; for `jsr:` and `npm:` an export key.
   *
   * @default {"./mod.ts"} or `"."` for a package
   */
  readonly entry?: string | undefined;
  /** The host versions it works with: a semver range. */
  readonly host?: string | undefined;
  /** The plugins it needs. */
  readonly requires: readonly Requirement[];
  /** What it needs of Deno, in Deno's own words. */
  readonly permissions: PermissionDeclaration;
  /** What it uses where it is granted; never a reason to refuse it. */
  readonly optionalPermissions: PermissionDeclaration;
}

/** A manifest as an author writes it: what may be left out is optional. */
export type ManifestInput =
  & Omit<Manifest, "requires" | "permissions" | "optionalPermissions">
  & Readonly<
    Partial<
      Pick<Manifest, "requires" | "permissions" | "optionalPermissions">
    >
  >
  & {
    /** The JSON Schema that editors complete it by. */
    readonly $schema?: string | undefined;
  };
