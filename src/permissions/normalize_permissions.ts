/**
 * Finds which values cover a value. Each value has a key, and a span covers all
 * keys with its own as their prefix. A lookup costs the length of the key,
 * however many values there are.
 *
 * @module
 */

import { argumentError, isRecord, PluginError } from "../base/errors.ts";
import {
  comparablePath,
  isAbsolutePath,
  normalizePath,
  resolvePath,
  splitRoot,
} from "../base/path.ts";
import { quote } from "../base/text.ts";
import {
  barePort,
  checkDeclaration,
  isDataPath,
  isPath,
  type NpmPath,
  parseNpmPath,
  valueFault,
} from "./check_declaration.ts";
import {
  canonicalSysKind,
  formatEntry,
  formatNetEndpoint,
  ipv4ToNumber,
  isIpv4,
  isPlainHost,
  listEntries,
  parseNetEndpoint,
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";

/** A value as it is compared with others of its kind. */
export type CoverKey = Readonly<{
  /** Only values of one group are compared, e.g. hosts with the same port. */
  group: string;
  /** The group without a port, whose values cover this one too. */
  wider?: string;
  key: string;
  /** True if the value covers every key with its own as the prefix. */
  isSpan: boolean;
}>;

function pathKey(path: string): CoverKey {
  const { root, rest, separator } = splitRoot(comparablePath(path));
  // With a separator at its end "/data" is no prefix of "/database".
  return {
    group: root,
    key: rest === "" ? "" : `${rest}${separator}`,
    isSpan: true,
  };
}

function addressBits(host: string): string {
  const [address = "", length = "32"] = host.split("/");
  return ipv4ToNumber(address).toString(2).padStart(32, "0")
    .slice(0, Number(length));
}

function hostKey(kind: string, host: string): string {
  if (kind === "subnet" || isIpv4(host)) return `4:${addressBits(host)}`;
  if (kind === "ip") return host;
  // "*.example.com" covers example.com too.
  return `${host.split(".").reverse().join(".")}.`;
}

function endpointKey(value: string): CoverKey {
  const endpoint = parseNetEndpoint(value);
  if ("fault" in endpoint || !("host" in endpoint)) {
    return { group: "other", key: value, isSpan: false };
  }
  const { kind, host, port } = endpoint;
  return {
    group: port === undefined ? "" : `${port}`,
    ...(port === undefined ? {} : { wider: "" }),
    key: hostKey(kind, host),
    isSpan: kind === "wildcard" || kind === "subnet",
  };
}

/** Returns the key of a value in normal form. */
export function coverKey(kind: PermissionKind, value: string): CoverKey {
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return pathKey(value);
    case "net":
    case "import":
      return endpointKey(value);
    case "env": {
      const isSpan = value.endsWith("*");
      return { group: "", key: isSpan ? value.slice(0, -1) : value, isSpan };
    }
    // A program is granted by itself, never by its directory.
    case "run":
      return { group: "", key: comparablePath(value), isSpan: false };
    case "sys":
      return { group: "", key: value, isSpan: false };
  }
}

/** Returns a text that two values share if Deno reads them alike. */
function keyText({ group, key, isSpan }: CoverKey): string {
  return `${isSpan ? "span" : "one"} ${group} ${key}`;
}

class Group {
  readonly #exact = new Set<string>();
  /** Sorted; none is a prefix of another. */
  readonly #spans: readonly string[];

  constructor(keys: readonly CoverKey[]) {
    const spans: string[] = [];
    for (const { key, isSpan } of keys) {
      if (isSpan) spans.push(key);
      else this.#exact.add(key);
    }
    let last: string | undefined;
    this.#spans = spans.sort().filter((key) => {
      if (last !== undefined && key.startsWith(last)) return false;
      last = key;
      return true;
    });
  }

  /** The index of the last span that sorts up to a key, or -1. */
  #lastUpTo(key: string): number {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#spans[middle] ?? "") <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The span that covers a key: only the last one up to it can. */
  spanOf(key: string): string | undefined {
    const span = this.#spans[this.#lastUpTo(key)];
    return span !== undefined && key.startsWith(span) ? span : undefined;
  }

  covers({ key, isSpan }: CoverKey): boolean {
    return this.spanOf(key) !== undefined ||
      (!isSpan && this.#exact.has(key));
  }

  /** Tests if a key is a prefix of a span. */
  hasWithin(key: string): boolean {
    const at = this.#lastUpTo(key);
    return this.#spans[at] === key ||
      (this.#spans[at + 1]?.startsWith(key) ?? false);
  }
}

/** Values of one kind, indexed for many questions. */
export class CoverIndex {
  readonly #groups: ReadonlyMap<string, Group>;

  constructor(keys: Iterable<CoverKey>) {
    const byGroup = Map.groupBy(keys, ({ group }) => group);
    this.#groups = new Map(
      Array.from(byGroup, ([name, members]) => [name, new Group(members)]),
    );
  }

  covers(wanted: CoverKey): boolean {
    return this.#isIn(wanted.group, wanted) || this.#isIn(wanted.wider, wanted);
  }

  /** Tests if another value covers one of the values. */
  coversMember(member: CoverKey): boolean {
    const { group, key, isSpan } = member;
    const span = this.#groups.get(group)?.spanOf(key);
    const isInOther = span !== undefined && !(isSpan && span === key);
    return isInOther || this.#isIn(member.wider, member);
  }

  /** Tests if a value covers a path, or is inside it. */
  touches(wanted: CoverKey): boolean {
    return this.covers(wanted) ||
      (this.#groups.get(wanted.group)?.hasWithin(wanted.key) ?? false);
  }

  #isIn(group: string | undefined, wanted: CoverKey): boolean {
    return group !== undefined &&
      (this.#groups.get(group)?.covers(wanted) ?? false);
  }
}

/** Converts a valid value that is no path: a bare port becomes three. */
export function normalValues(
  kind: PermissionKind,
  value: string,
): readonly string[] {
  if (kind === "sys") return [canonicalSysKind(value)];
  if (kind !== "net" && kind !== "import") return [value];
  if (isPlainHost(value)) return [value];
  const port = kind === "net" ? barePort(value) : undefined;
  if (port !== undefined) {
    return ["0.0.0.0", "127.0.0.1", "localhost"].map((host) =>
      `${host}:${port}`
    );
  }
  const endpoint = parseNetEndpoint(value);
  return ["fault" in endpoint ? value : formatNetEndpoint(endpoint)];
}

/** Returns the shortest list that permits the same; values must be normal. */
function minimalList(
  kind: PermissionKind,
  values: readonly string[],
): readonly string[] {
  // Most lists of most plugins: nothing to sort, nothing to cover.
  if (values.length === 1) return Object.freeze([...values]);
  const members = new Map<string, readonly [string, CoverKey]>();
  for (const value of values.toSorted()) {
    const key = coverKey(kind, value);
    const text = keyText(key);
    if (!members.has(text)) members.set(text, [value, key]);
  }
  const index = new CoverIndex(Array.from(members.values(), ([, key]) => key));
  return Object.freeze(
    Array.from(members.values())
      .filter(([, key]) => !index.coversMember(key)).map(([value]) => value),
  );
}

/** Makes a set of entries whose values are normal already. */
export function normalForm(entries: Iterable<PermissionEntry>): PermissionSet {
  const lists = new Map<PermissionKind, true | string[]>();
  for (const { kind, value } of entries) {
    const list = lists.get(kind);
    if (list === true) continue;
    if (value === undefined) lists.set(kind, true);
    else if (list === undefined) lists.set(kind, [value]);
    else list.push(value);
  }
  const set: Partial<Record<PermissionKind, true | readonly string[]>> = {};
  for (const kind of PERMISSION_KINDS) {
    const list = lists.get(kind);
    if (list === undefined) continue;
    set[kind] = list === true ? true : minimalList(kind, list);
  }
  return Object.freeze(set);
}

/**
 * Makes a set list by list, for the declarations of every plugin: it takes half
 * the time of making it of entries.
 */
function normalizeLists(
  declaration: PermissionDeclaration,
  normalize: (kind: PermissionKind, value: string) => readonly string[],
): PermissionSet {
  const set: Partial<Record<PermissionKind, true | readonly string[]>> = {};
  for (const kind of PERMISSION_KINDS) {
    const list = declaration[kind];
    if (list === undefined) continue;
    if (list === true) {
      set[kind] = true;
      continue;
    }
    const values: string[] = [];
    // forEach skips holes.
    list.forEach((value) => values.push(...normalize(kind, value)));
    if (values.length > 0) set[kind] = minimalList(kind, values);
  }
  return Object.freeze(set);
}

function invalid(entry: PermissionEntry, fault: string): PluginError {
  return new PluginError(
    `Cannot use a permission set: ${formatEntry(entry)} ${fault}`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: "Make the set with normalizePermissions",
    },
  );
}

function readEntry(entry: PermissionEntry): readonly PermissionEntry[] {
  const { kind, value } = entry;
  if (value === undefined) return [entry];
  // A directory that exists may have any character in its name, even a comma.
  if (isPath(kind, value, true)) {
    if (!isAbsolutePath(value)) throw invalid(entry, "is not an absolute path");
    return [{ kind, value: normalizePath(value) }];
  }
  const found = valueFault(kind, value, undefined);
  if (found !== undefined) throw invalid(entry, found.fault);
  return normalValues(kind, value).map((each) => ({ kind, value: each }));
}

/**
 * Converts a set that a caller passed to normal form.
 *
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or Deno
 * would reject a value.
 */
export function readSet(set: PermissionSet): PermissionSet {
  if (!isRecord(set)) {
    throw argumentError(set, {
      action: "read permissions",
      expected: "a set of permissions",
      remedy: 'Give an object, as in { net: ["example.com:443"] }',
    });
  }
  return normalForm(listEntries(set).flatMap(readEntry));
}

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
   * The absolute directories of packages from npm, by what follows `$NPM/`: that
   * of the package, then those of its optional dependencies.
   */
  readonly npmDirectories?:
    | Readonly<Record<string, readonly string[]>>
    | undefined;
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

function npmPaths(
  { name, inside }: NpmPath,
  { npmDirectories = {} }: PermissionBase,
): readonly string[] {
  const directories = Object.hasOwn(npmDirectories, name)
    ? npmDirectories[name]
    : undefined;
  if (directories === undefined) {
    throw new PluginError(
      `Cannot resolve permissions: the directory of the package ${
        quote(`npm:${name}`)
      } is not known`,
      { code: "PLUGIN_MANIFEST_INVALID", remedy: "Give its directory" },
    );
  }
  return inside === ""
    ? directories
    : directories.slice(0, 1).map((one) => resolvePath(`.${inside}`, one));
}

function resolveValue(
  kind: PermissionKind,
  value: string,
  base: PermissionBase,
  windows: boolean,
): readonly string[] {
  const npm = kind === "read" || kind === "ffi"
    ? parseNpmPath(value)
    : undefined;
  if (npm !== undefined) return npmPaths(npm, base);
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
 * @param base The directories for relative paths, `$DATA` and `$NPM`.
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
