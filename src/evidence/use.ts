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
import { maskCredentials } from "../secrets/credentials.ts";
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
  /** True if the value looked like a secret, which is masked in it. */
  readonly isSecret?: true;
}

/** The folders by which paths are told apart. */
export interface Places {
  /** The absolute directory of the plugin. */
  readonly directory: string;
  /** The folder of the project, which may itself be in a temporary one. */
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

function portablePath(value: string, places: Places): string {
  const { directory, root, dataDirectories, workingDirectory } = places;
  const { temporary, isDataTemporary } = places;
  const path = normalizePath(
    isAbsolutePath(value) ? value : resolvePath(value, workingDirectory),
  );
  if (dataDirectories.some((one) => isWithin(path, one))) return "$DATA";
  if (isWithin(path, directory)) {
    const inside = slashed(path.slice(directory.length)).replace(/^\//, "");
    return inside === "" ? "." : `./${inside}`;
  }
  const [, name, inside = ""] = CACHED_REGEXP.exec(slashed(path)) ??
    MODULES_REGEXP.exec(slashed(path)) ?? [];
  if (name !== undefined) return `$NPM/${name}${inside}`;
  const isData = isDataTemporary && !isWithin(path, root) &&
    temporary.some((one) => isIn(path, one));
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
  const full = portableValue(entry, places);
  const value = full === undefined ? undefined : maskCredentials(full);
  return {
    kind: entry.kind,
    ...value === undefined ? {} : { value },
    ...place === undefined ? {} : { place },
    ...operation === "list" ? { isListed: true } : {},
    ...isUnset ? { isUnset: true } : {},
    ...isAllowed ? {} : { isDenied: true },
    ...value === full ? {} : { isSecret: true },
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
    ...one.isSecret || other.isSecret ? { isSecret: true } : {},
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
