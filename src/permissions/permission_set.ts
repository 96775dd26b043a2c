/**
 * What a permission set looks like: its kinds in Deno's own words, and its
 * entries.
 *
 * @module
 */

import { quote } from "../base/text.ts";

/** The kinds of permission that Deno 2 knows, in the order of its manual. */
export const PERMISSION_KINDS: readonly [
  "read",
  "write",
  "net",
  "env",
  "sys",
  "run",
  "ffi",
  "import",
] = Object.freeze([
  "read",
  "write",
  "net",
  "env",
  "sys",
  "run",
  "ffi",
  "import",
]);

/** A kind of permission, e.g. `"net"`. */
export type PermissionKind = typeof PERMISSION_KINDS[number];

const KINDS: ReadonlySet<string> = new Set(PERMISSION_KINDS);

/**
 * Whether a text names a kind of permission.
 *
 * @param name Any text.
 * @returns True for the eight names of {@linkcode PERMISSION_KINDS} alone.
 */
export function isPermissionKind(name: string): name is PermissionKind {
  return KINDS.has(name);
}

/** The longest value of a permission, in UTF-16 code units. */
export const MAX_VALUE_LENGTH = 1_024;

/** The most values that a list of one kind may hold. */
export const MAX_LIST_LENGTH = 1_000;

/** The kinds that `--allow-sys=` takes on the command line of Deno 2.9. */
export const FLAG_SYS_KINDS: readonly string[] = Object.freeze([
  "cpus",
  "getPriority",
  "getegid",
  "gid",
  "homedir",
  "hostname",
  "loadavg",
  "networkInterfaces",
  "osRelease",
  "osUptime",
  "setPriority",
  "statfs",
  "systemMemoryInfo",
  "uid",
  "userInfo",
]);

// Deno checks these too, and a permission set in deno.json may hold them; its
// command line refuses them (2.9.6).
const SET_ONLY_SYS_KINDS: readonly string[] = Object.freeze([
  "ca",
  "inspector",
  "setegid",
  "seteuid",
  "setgid",
  "setuid",
  "umask",
]);

/** Every kind that Deno checks. */
export const SYS_KINDS: readonly string[] = Object.freeze(
  [...FLAG_SYS_KINDS, ...SET_ONLY_SYS_KINDS].sort(),
);

/**
 * The one name of a kind that Deno calls by two.
 *
 * @param kind A kind as it is written.
 * @returns `"userInfo"` for `"username"`, and every other kind as it is.
 */
export function canonicalSysKind(kind: string): string {
  return kind === "username" ? "userInfo" : kind;
}

/**
 * Permissions as a person writes them, in a manifest's `permissions` or a
 * host's `hostPermissions`: each kind whole (`true`) or a list.
 */
export type PermissionDeclaration = Readonly<
  Partial<Record<PermissionKind, true | readonly string[]>>
>;

/** One permission: a kind, and what of it; without `value` the whole kind. */
export type PermissionEntry = Readonly<{
  /** The kind, e.g. `"net"`. */
  kind: PermissionKind;
  /** What of it, e.g. `"example.com:443"`; left out for the whole kind. */
  value?: string;
}>;

/**
 * Permissions in normal form: paths absolute, hosts as Deno compares them,
 * sorted, without what another entry covers, without empty lists, frozen.
 *
 * Two sets that permit the same are deeply equal. What `normalizePermissions`,
 * `union` and `difference` return is in normal form; every function that takes
 * a set brings it into normal form first, so a literal does as well.
 */
export type PermissionSet = PermissionDeclaration;

/** The set that permits nothing. */
export const EMPTY_PERMISSIONS: PermissionSet = Object.freeze({});

/**
 * Lists the entries of a set, for those who freeze the ones that they hand on.
 *
 * @param set The set.
 * @returns Its entries as they stand, kind by kind; fresh.
 */
export function listEntries(set: PermissionSet): PermissionEntry[] {
  const entries: PermissionEntry[] = [];
  for (const kind of PERMISSION_KINDS) {
    const list = set[kind];
    if (list === undefined) continue;
    if (list === true) entries.push({ kind });
    // Passes holes over: an entry without a value would be the whole kind.
    else list.forEach((value) => entries.push({ kind, value }));
  }
  return entries;
}

/**
 * Freezes entries that are fresh, and their list.
 *
 * @param entries The entries.
 * @returns The same list.
 */
export function freezeEntries(
  entries: PermissionEntry[],
): readonly PermissionEntry[] {
  for (const entry of entries) Object.freeze(entry);
  return Object.freeze(entries);
}

/**
 * Lists the entries of a set, each of which can be asked about by itself.
 *
 * @example One entry a value, a whole kind without one
 * ```ts
 * import { entriesOf } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(entriesOf({ net: ["a.b:443"], sys: true }), [
 *   { kind: "net", value: "a.b:443" },
 *   { kind: "sys" },
 * ]);
 * ```
 *
 * @param set The set.
 * @returns Its entries as they stand, kind by kind; frozen.
 */
export function entriesOf(set: PermissionSet): readonly PermissionEntry[] {
  return freezeEntries(listEntries(set));
}

/**
 * Names one permission in a message.
 *
 * @example Naming what is missing
 * ```ts
 * import { formatEntry } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatEntry({ kind: "net", value: "a.b:443" }), 'net to "a.b:443"');
 * assertEquals(formatEntry({ kind: "net" }), "net as a whole");
 * ```
 *
 * @param entry The permission.
 * @returns The kind and its value in quotes, on one line.
 */
export function formatEntry(entry: PermissionEntry): string {
  return entry.value === undefined
    ? `${entry.kind} as a whole`
    : `${entry.kind} to ${quote(entry.value)}`;
}

/**
 * The hosts that Deno 2.9 imports from without any flag. A flag
 * `--allow-import=…` takes their place: what is still needed of them must
 * stand in it.
 */
export const DEFAULT_IMPORT_HOSTS: readonly string[] = Object.freeze([
  "cdn.jsdelivr.net:443",
  "deno.land:443",
  "esm.sh:443",
  "gist.githubusercontent.com:443",
  "jsr.io:443",
  "raw.esm.sh:443",
  "raw.githubusercontent.com:443",
]);
