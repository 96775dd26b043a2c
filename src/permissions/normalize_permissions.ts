import { PluginError } from "../base/errors.ts";
import { isAbsolutePath, resolvePath } from "../base/path.ts";
import { quote } from "../base/text.ts";
import { checkDeclaration } from "./check_declaration.ts";
import { normalizeLists, normalValues } from "./normal_form.ts";
import {
  listEntries,
  type PermissionDeclaration,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import { isDataPath, isPath } from "./value_fault.ts";

/** The directories that the paths of a declaration are resolved against. */
export interface PermissionBase {
  /**
   * The absolute directory for relative paths: the plugin's directory, or the
   * working directory for the host's own permissions.
   */
  readonly directory?: string | undefined;
  /** The absolute private data directory of the plugin: `$DATA`. */
  readonly dataDirectory?: string | undefined;
  /**
   * True to read paths and variable names as on Windows.
   *
   * @default {Deno.build.os === "windows"}
   */
  readonly windows?: boolean | undefined;
}

function baseOf(path: string, base: PermissionBase): string {
  const [directory, missing, remedy] = isDataPath(path)
    ? [
      base.dataDirectory,
      "is in the data directory of the plugin, but the host has none",
      'Set the option "dataDirectory" of the host',
    ]
    : [
      base.directory,
      "is relative, but no directory is known to resolve it against",
      "Write the absolute path",
    ];
  if (directory === undefined) {
    throw new PluginError(
      `Cannot resolve permissions: the path ${quote(path)} ${missing}`,
      { code: "PLUGIN_MANIFEST_INVALID", remedy },
    );
  }
  if (!isAbsolutePath(directory)) {
    const shown = quote(directory);
    throw new PluginError(
      `Cannot resolve permissions: the directory ${shown} is not absolute`,
      { code: "PLUGIN_OPTION_INVALID", remedy: "Give an absolute directory" },
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
  if (isPath(kind, value, windows)) return [absolutePath(value, base, windows)];
  if (kind === "env" && windows) return [value.toUpperCase()];
  return normalValues(kind, value);
}

/**
 * Converts a declaration without problems to normal form: that of a manifest
 * that was checked when it was read.
 *
 * @throws {PluginError} `PLUGIN_MANIFEST_INVALID` when a path needs a directory
 * that is not given; `PLUGIN_OPTION_INVALID` when that directory is not absolute.
 */
export function resolveDeclaration(
  declaration: PermissionDeclaration,
  base: PermissionBase,
): PermissionSet {
  const { windows = Deno.build.os === "windows" } = base;
  return normalizeLists(
    declaration,
    (kind, value) => resolveValue(kind, value, base, windows),
  );
}

/** Lists the values that Deno reads as paths, as they were written. */
export function declaredPaths(
  declaration: PermissionDeclaration,
): readonly string[] {
  const windows = Deno.build.os === "windows";
  return listEntries(declaration).flatMap(({ kind, value }) =>
    value !== undefined && isPath(kind, value, windows) ? [value] : []
  );
}

/** Tests if a declaration needs the option `dataDirectory` of the host. */
export function usesDataDirectory(declaration: PermissionDeclaration): boolean {
  return declaredPaths(declaration).some(isDataPath);
}

/**
 * Converts a declaration to normal form, in which sets are compared.
 *
 * Pure: looks up no path and follows no symbolic link, as Deno does when it
 * compares paths.
 *
 * @example A manifest's permissions
 * ```ts
 * import { normalizePermissions } from "@semantik/plugins/permissions";
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
 * @param declaration The declaration.
 * @param base The directories for relative paths and `$DATA`.
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
