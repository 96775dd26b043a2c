/** The permissions that a plugin was seen to use, in the form of its manifest. Pure. */

import {
  isAbsolutePath,
  isIn,
  isWindowsPath,
  normalizePath,
  resolvePath,
} from "../base/path.ts";
import { isPath, parseNpmPath } from "../permissions/check_declaration.ts";
import { resolveDeclaration } from "../permissions/normalize_permissions.ts";
import {
  canonicalSysKind,
  listEntries,
  type PermissionEntry,
  type PermissionKind,
} from "../permissions/permission_set.ts";
import type { Operation } from "./attribution.ts";

/** One use of a permission by a plugin. */
export interface Use {
  readonly kind: PermissionKind;
  /**
   * The value as a manifest names it: `./x` in the directory of the plugin,
   * `$DATA`, `$NPM/name/x`, or an absolute path. Left out for the whole kind.
   */
  readonly value?: string;
  /** The place in the plugin, e.g. `mod.ts:3`, if known. */
  readonly place?: string;
  /** True if the entries of the folder were listed. */
  readonly isListed?: true;
  /** True if the variable was read, and was not set. */
  readonly isUnset?: true;
  /** True if it was denied each time. */
  readonly isDenied?: true;
}

/** The folders by which paths are told apart. */
export interface Places {
  /** The absolute directory of the plugin. */
  readonly directory: string;
  /** The folder in which relative paths may lead out of the plugin's directory. */
  readonly root: string;
  /** The working directory of the process that was watched. */
  readonly workingDirectory: string;
  /** The directories that `$DATA` was. */
  readonly dataDirectories: readonly string[];
  readonly home: string | undefined;
  /** The directories of temporary files. */
  readonly temporary: readonly string[];
  /** True if a test or an application chose a temporary folder for `$DATA`. */
  readonly isDataTemporary: boolean;
  readonly windows: boolean;
}

/** A check of a permission by a plugin. */
export interface Access {
  readonly entry: PermissionEntry;
  readonly operation: Operation;
  readonly place: string | undefined;
  readonly isAllowed: boolean;
}

// Deno writes e.g. <TMP> for the directory of temporary files.
const PLACEHOLDER_REGEXP = /^<[A-Z_]+>$/;
const CACHED_REGEXP = /\/npm\/[^/]+\/((?:@[^/]+\/)?[^/@]+)\/\d[^/]*(\/.*)?$/;
const MODULES_REGEXP = /^.*\/node_modules\/((?:@[^/]+\/)?[^/@.][^/]*)(\/.*)?$/;

/** Tests if a value stands for a place that differs from run to run. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER_REGEXP.test(value);
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || isIn(path, directory);
}

/** Returns the path from a directory to another path below `root`. */
function relativePath(path: string, directory: string, root: string): string {
  let from = directory;
  let up = "";
  while (!isWithin(path, from) && from !== root) {
    from = resolvePath("..", from);
    up += "../";
  }
  const rest = slashed(path.slice(from.length)).replace(/^\//, "");
  if (up === "") return rest === "" ? "." : `./${rest}`;
  return rest === "" ? up.slice(0, -1) : up + rest;
}

function portablePath(value: string, places: Places): string {
  const { directory, root, dataDirectories, workingDirectory } = places;
  const { temporary, isDataTemporary } = places;
  const path = normalizePath(
    isAbsolutePath(value) ? value : resolvePath(value, workingDirectory),
  );
  if (dataDirectories.some((one) => isWithin(path, one))) return "$DATA";
  const [, name, inside = ""] = CACHED_REGEXP.exec(slashed(path)) ??
    MODULES_REGEXP.exec(slashed(path)) ?? [];
  if (name !== undefined) return `$NPM/${name}${inside}`;
  const isNear = isWithin(path, directory) ||
    (isWithin(directory, root) && isWithin(path, root));
  if (isNear) return relativePath(path, directory, root);
  const isData = isDataTemporary && temporary.some((one) => isIn(path, one));
  return isData ? "$DATA" : path;
}

function portableValue(
  { kind, value }: PermissionEntry,
  places: Places,
): string | undefined {
  if (value === undefined || isPlaceholder(value)) return value;
  if (kind === "sys") return canonicalSysKind(value);
  return isPath(kind, value, places.windows)
    ? portablePath(value, places)
    : value;
}

/**
 * Turns a check into a use, in which no path depends on this machine if possible.
 *
 * @param unset The variables that are not set.
 */
export function useOf(
  access: Access,
  places: Places,
  unset: ReadonlySet<string>,
): Use {
  const { entry, operation, place, isAllowed } = access;
  const isUnset = entry.kind === "env" && operation === "probe" &&
    entry.value !== undefined && unset.has(entry.value);
  const value = portableValue(entry, places);
  return {
    kind: entry.kind,
    ...value === undefined ? {} : { value },
    ...place === undefined ? {} : { place },
    ...operation === "list" ? { isListed: true } : {},
    ...isUnset ? { isUnset: true } : {},
    ...isAllowed ? {} : { isDenied: true },
  };
}

function mergeTwo(one: Use, other: Use): Use {
  const { kind, value } = one;
  const place = one.place ?? other.place;
  return {
    kind,
    ...value === undefined ? {} : { value },
    ...place === undefined ? {} : { place },
    ...one.isListed || other.isListed ? { isListed: true } : {},
    // A variable that was set in one run is needed there.
    ...one.isUnset && other.isUnset ? { isUnset: true } : {},
    ...one.isDenied && other.isDenied ? { isDenied: true } : {},
  };
}

/** Adds up uses: each permission once, in the order of kinds and values. */
export function mergeUses(...all: readonly (readonly Use[])[]): readonly Use[] {
  const found = new Map<string, Use>();
  for (const use of all.flat()) {
    const key = JSON.stringify([use.kind, use.value]);
    const before = found.get(key);
    found.set(key, before === undefined ? use : mergeTwo(before, use));
  }
  const orderOf = ({ kind, value = "" }: Use) => `${kind} ${value}`;
  return [...found.values()].toSorted((one, other) =>
    orderOf(one) < orderOf(other) ? -1 : 1
  );
}

/**
 * Resolves a value of a manifest for comparisons. `$DATA` and `$NPM` become
 * folders of their own, since their places differ from run to run.
 */
export function resolveValue(
  kind: PermissionKind,
  value: string | undefined,
  { directory, windows }: Places,
): readonly PermissionEntry[] {
  if (value === undefined) return [{ kind }];
  const root = isWindowsPath(directory) ? directory.slice(0, 3) : "/";
  const npm = parseNpmPath(value);
  const path = npm === undefined ? value : resolvePath(
    `$NPM/${npm.name.replace(/(?<=.)@.*$/, "")}${npm.inside}`,
    root,
  );
  try {
    return listEntries(resolveDeclaration({ [kind]: [path] }, {
      directory,
      dataDirectory: resolvePath("$DATA", root),
      windows,
    }));
  } catch {
    // No set can hold it, and only the whole kind covers it.
    return [{ kind, value }];
  }
}
