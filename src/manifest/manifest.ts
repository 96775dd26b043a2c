import type { Problem } from "../base/errors.ts";
import type { FileStamp } from "../base/path.ts";
import type { PermissionDeclaration } from "../permissions/permission_set.ts";
import type { Plugin } from "../base/plugin.ts";

/** A valid manifest: a copy, complete and frozen. */
export interface Manifest {
  /** Unique across all plugins of a host, whatever their type. */
  readonly id: string;
  /** The kind of plugin, e.g. `embedding`. */
  readonly type: string;
  /** Its version, as semver. */
  readonly version: string;
  /** A name for people. */
  readonly displayName?: string | undefined;
  /** A description for people. */
  readonly description?: string | undefined;
  /** The author. */
  readonly author?: string | undefined;
  /** The license, e.g. an SPDX identifier. */
  readonly license?: string | undefined;
  /** A page with more about it: an `https:` URL. */
  readonly homepage?: string | undefined;
  /**
   * The module, relative to the manifest; for `jsr:` and `npm:` an export key.
   *
   * @default {"./mod.ts"} or `"."` for a package
   */
  readonly entry?: string | undefined;
  /** The host versions it works with, as a semver range. */
  readonly host?: string | undefined;
  /** The plugins it needs. */
  readonly requires: readonly {
    /** The id of the other plugin. */
    readonly id: string;
    /** The accepted versions, as a semver range. */
    readonly version: string;
    /**
     * True if the plugin also works without it. An optional requirement only
     * orders: the other plugin, if there is one, is ready first.
     *
     * @default {false}
     */
    readonly optional?: boolean | undefined;
  }[];
  /** The Deno permissions it needs. */
  readonly permissions: PermissionDeclaration;
  /** Permissions it uses when they are granted; never a reason to refuse it. */
  readonly optionalPermissions: PermissionDeclaration;
}

/** A plugin that another one needs. */
export type Requirement = Manifest["requires"][number];

export const ID_REGEXP = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

export const TYPE_REGEXP = /^[a-z][a-z0-9_]{0,62}$/;

/** Many times what any manifest needs. */
export const MAX_MANIFEST_BYTES = 262_144;

/** In UTF-16 code units. */
export const MAX_TEXT_LENGTH = 4_096;

export const MAX_REQUIREMENTS = 1_000;

/**
 * The way a plugin came to the host. The option that named it decides, never
 * the plugin.
 */
export type Origin = "builtin" | "external";

/** A plugin that the application passes as an object. */
export interface Builtin {
  /** Its manifest; the host copies it. */
  readonly manifest:
    & Pick<Manifest, "id" | "type" | "version">
    & Partial<Manifest>
    & { readonly $schema?: string | undefined };
  /** Its code, as `definePlugin` returns it. */
  readonly plugin: Plugin;
  /**
   * The absolute directory for the relative paths of its permissions, e.g.
   * `import.meta.dirname`.
   *
   * @default {undefined} a relative path is refused
   */
  readonly directory?: string | undefined;
}

/** The manifest that a plugin's code was checked by, as it was read. */
export interface JudgedManifest {
  /** The absolute path of its file, or the URL or specifier of its module. */
  readonly place: string;
  readonly bytes: Uint8Array;
  /** The stamp of a file on this machine. */
  readonly stamp?: FileStamp;
  readonly manifest: Manifest;
  /** The plugin's directory, if it is on this machine. */
  readonly directory: string | undefined;
}

export interface ModuleCode {
  readonly kind: "module";
  /** A `file:` or `https:` URL, or a specifier. */
  readonly specifier: string;
  /** The package that Deno chose, if it tells. */
  readonly resolved?: {
    /** The specifier with the chosen version. */
    readonly specifier: string;
    /** The URL that all modules of the package begin with. */
    readonly base: string;
  };
  readonly judged?: JudgedManifest;
}

export type PluginCode =
  | ModuleCode
  | { readonly kind: "object"; readonly plugin: unknown };

/** A plugin with a valid manifest. */
export interface ReadPlugin {
  readonly ok: true;
  /** The source, without secrets. */
  readonly source: string;
  readonly origin: Origin;
  readonly manifest: Manifest;
  readonly code: PluginCode;
  /** Its directory, absolute and without symbolic links, if it has one. */
  readonly directory: string | undefined;
  /** True if its directory is named after its id. */
  readonly namedAfterId: boolean;
}

/** A source or a manifest that cannot be used. */
export interface UnreadablePlugin {
  readonly ok: false;
  /** The source, without secrets. */
  readonly source: string;
  readonly origin: Origin;
  /** The id, when at least that is valid. */
  readonly id: string | undefined;
  /** The id that invalid JSON appears to name. */
  readonly inferredId?: string | undefined;
  /** At least one. */
  readonly problems: readonly Problem[];
}

/** A result of reading a source: one for each plugin in it. */
export type FoundPlugin = ReadPlugin | UnreadablePlugin;
