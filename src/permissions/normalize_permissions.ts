import { PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { checkDeclaration } from "./check_declaration.ts";
import { minimalList } from "./normal_form.ts";
import { normalValues } from "./normal_values.ts";
import { isAbsolutePath, resolvePath } from "../base/path.ts";
import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import { isCommandPath, isDataPath } from "./value_fault.ts";

/** What a declaration is resolved against. */
export interface PermissionBase {
  /**
   * The absolute directory that relative paths are relative to: that of the
   * plugin, or the working directory for what a host declares.
   */
  readonly directory?: string | undefined;
  /** The absolute private data directory of the plugin: `$DATA`. */
  readonly dataDirectory?: string | undefined;
  /**
   * Whether names of variables and paths are those of Windows.
   *
   * @default {Deno.build.os === "windows"}
   */
  readonly windows?: boolean | undefined;
}

function baseOf(path: string, base: PermissionBase): string {
  const [directory, missing, remedy] = isDataPath(path)
    ? [
      base.dataDirectory,
      "lies in the data directory of the plugin, and there is none",
      'Set the option "dataDirectory" of the host',
    ]
    : [
      base.directory,
      "is relative, and there is no directory it is relative to",
      "Write the absolute path",
    ];
  if (directory === undefined) {
    throw new PluginError(
      `Cannot resolve permissions: the path ${quote(path)} ${missing}`,
      { code: "PLUGIN_MANIFEST_INVALID", remedy },
    );
  }
  if (!isAbsolutePath(directory)) {
    throw new PluginError(
      `Cannot resolve permissions: the directory ${
        quote(directory)
      } is not absolute`,
      {
        code: "PLUGIN_OPTION_INVALID",
        remedy: "Give an absolute directory",
      },
    );
  }
  return directory;
}

function absolutePath(
  path: string,
  base: PermissionBase,
  windows: boolean,
): string {
  if (isAbsolutePath(path) && !(windows && path.startsWith("/"))) {
    return resolvePath(path, path);
  }
  const directory = baseOf(path, base);
  const relative = isDataPath(path) ? `.${path.slice("$DATA".length)}` : path;
  return resolvePath(relative, directory);
}

function resolveValue(
  kind: PermissionKind,
  value: string,
  base: PermissionBase,
  windows: boolean,
): readonly string[] {
  const isPath = kind === "read" || kind === "write" || kind === "ffi" ||
    (kind === "run" && isCommandPath(value, windows));
  if (isPath) return [absolutePath(value, base, windows)];
  if (kind === "env" && windows) return [value.toUpperCase()];
  return normalValues(kind, value);
}

/**
 * Brings a declaration into normal form in which `checkDeclaration` found
 * nothing: that of a manifest that was read.
 *
 * @param declaration What was written.
 * @param base What it is resolved against.
 * @returns The set in normal form, frozen.
 * @throws {PluginError} `PLUGIN_MANIFEST_INVALID` when a path needs a directory
 * that is not given; `PLUGIN_OPTION_INVALID` when that directory is not absolute.
 */
export function resolveDeclaration(
  declaration: PermissionDeclaration,
  base: PermissionBase,
): PermissionSet {
  const { windows = Deno.build.os === "windows" } = base;
  const set: Partial<Record<PermissionKind, true | readonly string[]>> = {};
  for (const kind of PERMISSION_KINDS) {
    const list = declaration[kind];
    if (list === undefined) continue;
    if (list === true) {
      set[kind] = true;
      continue;
    }
    const values: string[] = [];
    for (const value of list) {
      values.push(...resolveValue(kind, value, base, windows));
    }
    if (values.length > 0) set[kind] = minimalList(kind, values);
  }
  return Object.freeze(set);
}

/**
 * Brings a declaration into the normal form in which sets are compared.
 *
 * Pure: no path is looked up, and no symbolic link followed, because Deno
 * follows none when it compares either.
 *
 * @example A manifest's permissions
 * ```ts
 * import { normalizePermissions } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const set = normalizePermissions(
 *   { read: ["./models/", "models/small"], net: ["API.example.com", ":8080"] },
 *   { directory: "/srv/plugins/search", windows: false },
 * );
 *
 * assertEquals(set, {
 *   read: ["/srv/plugins/search/models"],
 *   net: ["0.0.0.0:8080", "127.0.0.1:8080", "api.example.com", "localhost:8080"],
 * });
 * ```
 *
 * @param declaration What was written.
 * @param base What it is resolved against.
 * @returns The set in normal form, frozen.
 * @throws {PluginError} `PLUGIN_MANIFEST_INVALID` when `checkDeclaration` finds
 * a problem, or a path needs a directory that is not given;
 * `PLUGIN_OPTION_INVALID` when that directory is not absolute.
 */
export function normalizePermissions(
  declaration: PermissionDeclaration,
  base: PermissionBase = {},
): PermissionSet {
  const { windows = Deno.build.os === "windows" } = base;
  const problems = checkDeclaration(declaration, "permissions", { windows });
  const [first] = problems;
  if (first !== undefined) {
    throw new PluginError(
      `Cannot resolve permissions: ${first.path}: ${first.message}`,
      { code: first.code, remedy: first.remedy, problems },
    );
  }
  return resolveDeclaration(declaration, base);
}
