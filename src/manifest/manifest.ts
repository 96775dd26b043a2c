import { loaderRemedy, type Problem } from "../base/errors.ts";
import {
  fileName,
  type FileStamp,
  resolvePath,
  trimSeparators,
} from "../base/path.ts";
import type { Plugin } from "../base/plugin.ts";
import { describeThrown, quote } from "../base/text.ts";
import {
  parseNotCapable,
  permissionRemedy,
} from "../permissions/permission_remedy.ts";
import {
  formatEntry,
  type PermissionDeclaration,
  type PermissionEntry,
} from "../permissions/permission_set.ts";
import { isMissing } from "../permissions/permission_states.ts";
import { IMPORT_MODULE, type SourceSystem } from "./source_system.ts";

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
  /**
   * True if its files are in a copy that only the host writes, and a lock pins all
   * that they import: none of it changes.
   */
  readonly isPinned?: boolean;
}

export type PluginCode =
  | ModuleCode
  | { readonly kind: "object"; readonly plugin: unknown };

/**
 * A level of trust: the knowledge of a plugin and its origin. `builtin`: the
 * application passes it. `verified`: a publisher who may provide its id signed
 * it. `local`: it is as in the lock. `unverified`: nothing is known.
 */
export type TrustLevel = "builtin" | "verified" | "local" | "unverified";

/** The trust in a plugin. */
export interface PluginTrust {
  /** The level. */
  readonly level: TrustLevel;
  /** The reasons for the level, in sentences. */
  readonly reasons: readonly string[];
  /** The publisher whose signature counts. */
  readonly publisher?: {
    /** The name in the trust file. */
    readonly name: string;
    /** The fingerprint of the key that signed, e.g. `SHA256:…`. */
    readonly key: string;
  };
  /** The reasons to refuse the plugin, whatever its level may. */
  readonly problems: readonly Problem[];
  /** The reason why its signature cannot be checked. */
  readonly unchecked?: string;
}

/** The place that the code of a plugin was copied from. */
export interface CopiedFrom {
  readonly directory: string;
  /** The URL of its module. */
  readonly specifier: string;
  /** The path of its manifest. */
  readonly manifest: string;
}

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
  /** The digest of its files, where one is known. */
  readonly digest?: string;
  /** The directories of the packages that its permissions name by `$NPM`. */
  readonly npmDirectories?: Readonly<Record<string, readonly string[]>>;
  /** The trust in it; absent if the host verifies nothing. */
  readonly trust?: PluginTrust;
  /**
   * Its source, if its code is in a copy of the host's own: then `directory` and
   * `code` are those of the copy.
   */
  readonly copiedFrom?: CopiedFrom;
  /** The path of the `deno.lock` that pins every module which it brings. */
  readonly denoLock?: string;
}

/** Returns the level of trust; of a host that verifies nothing, by the place of the code. */
export function trustLevelOf(
  { origin, directory, trust }: ReadPlugin,
): TrustLevel {
  if (trust !== undefined) return trust.level;
  if (origin === "builtin") return "builtin";
  return directory === undefined ? "unverified" : "local";
}

/** Tests if a verified plugin would run from a place that others may change. */
export function lacksCopy(
  { origin, directory, trust, copiedFrom }: ReadPlugin,
): boolean {
  return origin === "external" && directory !== undefined &&
    trust !== undefined && copiedFrom === undefined;
}

/** Names the module of a plugin for people: in its source, and not in a copy. */
export function shownModule({ code, copiedFrom, source }: ReadPlugin): string {
  if (code.kind === "object") return source;
  return copiedFrom?.specifier ?? code.resolved?.specifier ?? code.specifier;
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

// A plugin whose manifest is invalid keeps its id, so that no later source gets
// it. These functions infer that id.

const ID_VALUE_REGEXP = /\s*:\s*"([a-z0-9_-]{1,64})"/y;

function stringEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"' || character === "\n") return at;
    at += character === "\\" ? 2 : 1;
  }
  return text.length;
}

/**
 * Infers the id from a manifest that is not JSON: the value of the field `id`,
 * not of an inner object. Returns `undefined` when there are several.
 */
export function inferIdFromText(text: string): string | undefined {
  const ids = new Set<string>();
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = stringEnd(text, at + 1);
      const isId = depth <= 1 && text.slice(at + 1, end) === "id";
      at = end + 1;
      ID_VALUE_REGEXP.lastIndex = at;
      const id = isId ? ID_VALUE_REGEXP.exec(text)?.[1] : undefined;
      if (id !== undefined) ids.add(id);
      continue;
    }
    if (character === "{" || character === "[") depth++;
    if (character === "}" || character === "]") depth--;
    at++;
  }
  const [id = ""] = ids;
  return ids.size === 1 && ID_REGEXP.test(id) ? id : undefined;
}

const PACKAGE_REGEXP = /^(?:jsr|npm):\/?(?:@[^/]*\/)?([^@/]*)/i;

/** Infers the id from the name of the plugin's directory or package. */
export function inferIdFromSource(
  source: string,
  workingDirectory: string,
): string | undefined {
  const name = PACKAGE_REGEXP.exec(source)?.[1] ??
    directoryName(source, workingDirectory);
  return ID_REGEXP.test(name) ? name : undefined;
}

function directoryName(source: string, workingDirectory: string): string {
  const path = URL.canParse(source)
    ? new URL(source).pathname
    : resolvePath(source, workingDirectory);
  const directory = path.replace(/[\\/][^\\/]*\.json$/, "");
  return fileName(trimSeparators(directory));
}

/** Makes the result for a valid manifest. */
export function readable(
  source: string,
  specifier: string,
  judged: JudgedManifest,
): ReadPlugin {
  const { manifest, directory } = judged;
  return {
    ok: true,
    source,
    origin: "external",
    manifest,
    code: { kind: "module", specifier, judged },
    directory,
    namedAfterId: directory !== undefined &&
      fileName(directory) === manifest.id,
  };
}

/** Makes the result for a source, or a plugin in it, that has problems. */
export function unreadable(
  source: string,
  problems: readonly Problem[],
  id?: string,
): UnreadablePlugin {
  return {
    ok: false,
    source,
    origin: "external",
    id,
    problems: Object.freeze(problems.map((one) => Object.freeze({ ...one }))),
  };
}

/** Makes a problem of a source; `fault` completes the sentence that names it. */
export function sourceProblem(
  source: string,
  fault: string,
  remedy: string,
): Problem {
  return Object.freeze({
    code: "PLUGIN_SOURCE_UNREADABLE",
    message: `Cannot read source ${quote(source)}: ${fault}`,
    remedy,
  });
}

/** Makes a problem of a manifest, at a path such as `permissions.net[0]`. */
export function manifestProblem(
  path: string,
  message: string,
  remedy: string,
): Problem {
  const code = "PLUGIN_MANIFEST_INVALID";
  return Object.freeze({ code, message, remedy, path });
}

type Permissions = Pick<SourceSystem, "permissionState">;

function grantRemedy(entry: PermissionEntry, system: Permissions): string {
  return permissionRemedy([entry], {
    ask: (asked) => system.permissionState(asked),
    imports: [],
    isSealed: false,
  });
}

/** Returns a problem unless a source may be read without a prompt. */
export function missingPermission(
  source: string,
  entry: PermissionEntry,
  system: Permissions,
): Problem | undefined {
  if (!isMissing(system.permissionState(entry))) return undefined;
  return Object.freeze({
    code: "PLUGIN_PERMISSION_MISSING",
    message: `Cannot read source ${quote(source)}: permission ${
      formatEntry(entry)
    } is not granted`,
    remedy: grantRemedy(entry, system),
  });
}

// By the text of an error, whatever was read.
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^PermissionDenied|\(os error 13\)/,
    "Let the user that runs this process read it and the directories above it",
  ],
  [/^NotADirectory/, "Correct the path: a part of it is a file"],
  [/^FilesystemLoop/, "Remove the link that leads back to itself"],
  [/name too long/i, "Shorten the path"],
  [/too many open files/i, "Let this process open more files"],
  [
    /^Error: It did not respond within/,
    "Check that the server responds, or raise timeouts.load",
  ],
  // It has dropped the options that it was called with.
  [/"type": "json" attribute/, `Pass ${IMPORT_MODULE}`],
  [/^SyntaxError/, "Correct the manifest: it is not JSON"],
  [
    /ERR_PACKAGE_PATH_NOT_EXPORTED|Unknown export/i,
    'Use a version of the package that exports "./plugin.json"',
  ],
  [
    /non-JSR remote modules/,
    "Write importModule in a module of your own: a package from JSR cannot " +
    "import from another server",
  ],
  [
    /dns error|tcp connect|client error|sending request|certificate|timed out/i,
    "Check the address, and that this machine reaches the server",
  ],
  [
    /does not exist|could not find|not found/i,
    "Correct the name, the version or the address",
  ],
];

function remedyFor(
  thrown: unknown,
  description: string,
  system: Permissions,
): string {
  const [{ kind, value } = {}] = parseNotCapable(thrown);
  if ((kind === "read" || kind === "import") && value !== undefined) {
    return grantRemedy({ kind, value }, system);
  }
  return loaderRemedy(description) ??
    REMEDIES.find(([pattern]) => pattern.test(description))?.[1] ??
    "Correct what the message names, or remove the source";
}

/** Makes the problem for what was thrown while a source was read. */
export function cannotRead(
  source: string,
  thrown: unknown,
  system: Permissions,
): Problem {
  if (thrown instanceof Deno.errors.NotFound) {
    return sourceProblem(
      source,
      "it does not exist",
      "Correct the path, or remove the source",
    );
  }
  const description = describeThrown(thrown);
  const remedy = remedyFor(thrown, description, system);
  const problem = sourceProblem(source, description, remedy);
  return thrown instanceof Deno.errors.NotCapable
    ? Object.freeze({ ...problem, code: "PLUGIN_PERMISSION_MISSING" })
    : problem;
}
