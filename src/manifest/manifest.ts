/**
 * What a plugin says of itself, as types, the rules of its fields, and what
 * reading a source gave.
 *
 * The schema and the reader of plain manifests share the rules. Both hold
 * versions and ranges by `version.ts`, entries by `entry.ts`, and permissions
 * by their own room.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type { FileMark } from "./file_mark.ts";
import type { PermissionDeclaration } from "../permissions/permission_set.ts";
import type { Plugin } from "../base/plugin.ts";

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

/** What an id looks like. */
export const ID_REGEXP = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/** What a type looks like. */
export const TYPE_REGEXP = /^[a-z][a-z0-9_]{0,62}$/;

/** The longest manifest that is read: many times what any plugin has to say. */
export const MAX_MANIFEST_BYTES = 262_144;

/** The longest text of a field, in UTF-16 code units. */
export const MAX_TEXT_LENGTH = 4_096;

/** The longest version or range; the time of their parser grows with the text. */
export const MAX_VERSION_LENGTH = 256;

/** The most plugins that one plugin may require. */
export const MAX_REQUIREMENTS = 1_000;

/**
 * Whether a text is the address of a page of the web.
 *
 * @param text The text.
 * @returns Whether it is one.
 */
export function isWebAddress(text: string): boolean {
  return text.length <= MAX_TEXT_LENGTH && /^https?:\/\//.test(text) &&
    URL.canParse(text);
}

/**
 * How a plugin came to the host. It is decided by which option handed it over,
 * never by anything the plugin says.
 */
export type Origin = "builtin" | "external";

/** A plugin that the host hands over as an object. */
export interface Builtin {
  /** What it says of itself. It is copied. */
  readonly manifest: ManifestInput;
  /** Its code, as `definePlugin` returns it. */
  readonly plugin: Plugin;
  /**
   * The absolute directory that relative paths of its permissions are relative
   * to, e.g. `import.meta.dirname`.
   *
   * @default {undefined} a relative path is refused
   */
  readonly directory?: string | undefined;
}

/** A manifest as it was read, which the code beside it is judged by. */
export interface JudgedManifest {
  /** The absolute path of its file, or the URL or specifier of its module. */
  readonly place: string;
  /** Its text. */
  readonly bytes: Uint8Array;
  /** The mark of its file, when it is on this machine. */
  readonly mark?: FileMark;
  /** What it says. */
  readonly manifest: Manifest;
  /** The directory of the plugin's files, when they are on this machine. */
  readonly directory: string | undefined;
}

/** A module to import. */
export interface ModuleCode {
  readonly kind: "module";
  /** A `file:` or `https:` URL, or a specifier. */
  readonly specifier: string;
  /** The manifest that names it. */
  readonly judged?: JudgedManifest;
}

/** Where the code of a plugin is. */
export type PluginCode =
  | ModuleCode
  /** An object that is already there. */
  | { readonly kind: "object"; readonly plugin: unknown };

/** A manifest that was read, with where it was and where its code is. */
export interface ReadPlugin {
  readonly ok: true;
  /** The source, for people. */
  readonly source: string;
  /** How it came to the host. */
  readonly origin: Origin;
  /** What it says of itself. */
  readonly manifest: Manifest;
  /** Where its code is. */
  readonly code: PluginCode;
  /** Its directory, absolute and without symbolic links, where it has one. */
  readonly directory: string | undefined;
  /** Whether the last part of its directory's name is its id. */
  readonly namedAfterId: boolean;
}

/** A source or a manifest that cannot be used. */
export interface UnreadablePlugin {
  readonly ok: false;
  /** The source, for people. */
  readonly source: string;
  /** How it came to the host. */
  readonly origin: Origin;
  /** Its id, where at least that could be read. */
  readonly id: string | undefined;
  /** The id that the text of its manifest seems to name, though it is not JSON. */
  readonly presumedId?: string | undefined;
  /** Why; at least one. */
  readonly problems: readonly Problem[];
}

/** What reading a source gave: one of these for each plugin in it. */
export type FoundPlugin = ReadPlugin | UnreadablePlugin;
