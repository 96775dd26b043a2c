/**
 * What reading a source gave.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { Plugin } from "../plugin.ts";
import type { Manifest, ManifestInput } from "./manifest.ts";

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

/** Where the code of a plugin is. */
export type PluginCode =
  /** A module to import: a `file:` or `https:` URL, or a specifier. */
  | { readonly kind: "module"; readonly specifier: string }
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
  /** Why; at least one. */
  readonly problems: readonly Problem[];
}

/** What reading a source gave: one of these for each plugin in it. */
export type FoundPlugin = ReadPlugin | UnreadablePlugin;
