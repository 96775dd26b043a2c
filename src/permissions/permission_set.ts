import { quote } from "../base/text.ts";

/** A kind of permission, e.g. `"net"`. */
export type PermissionKind =
  | "read"
  | "write"
  | "net"
  | "env"
  | "sys"
  | "run"
  | "ffi"
  | "import";

/** The kinds of permission in Deno 2, in the order of its manual. */
export const PERMISSION_KINDS: readonly PermissionKind[] = Object.freeze(
  ["read", "write", "net", "env", "sys", "run", "ffi", "import"],
);

const KINDS: ReadonlySet<string> = new Set(PERMISSION_KINDS);

/** Tests if a name is a kind of permission. */
export function isPermissionKind(name: string): name is PermissionKind {
  return KINDS.has(name);
}

/** The longest value of a permission, in UTF-16 code units. */
export const MAX_VALUE_LENGTH = 1_024;

/** The most values that a list of one kind may hold. */
export const MAX_LIST_LENGTH = 1_000;

/** The kinds that `--allow-sys=` accepts on the command line of Deno 2.9. */
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

/**
 * The kinds of system information that Deno checks. A permission set in
 * `deno.json` may hold each of them, the command line rejects some (2.9.6).
 */
export const SYS_KINDS: readonly string[] = Object.freeze(
  [
    ...FLAG_SYS_KINDS,
    "ca",
    "inspector",
    "setegid",
    "seteuid",
    "setgid",
    "setuid",
    "umask",
  ].sort(),
);

/** Returns the one name of a kind that Deno calls by two. */
export function canonicalSysKind(kind: string): string {
  return kind === "username" ? "userInfo" : kind;
}

/**
 * Permissions as a person writes them, in a manifest's `permissions` or a
 * host's `hostPermissions`: for each kind, `true` (all of it) or a list.
 */
export type PermissionDeclaration = Readonly<
  Partial<Record<PermissionKind, true | readonly string[]>>
>;

/** One permission: a kind and one value, or the whole kind without a value. */
export type PermissionEntry = Readonly<{
  /** The kind, e.g. `"net"`. */
  kind: PermissionKind;
  /** The value, e.g. `"example.com:443"`; absent for the whole kind. */
  value?: string;
}>;

/**
 * Permissions in normal form: paths absolute, hosts as Deno compares them,
 * sorted, without entries that another entry covers, without empty lists,
 * frozen.
 *
 * Two sets with the same permissions are deeply equal. `normalizePermissions`,
 * `union` and `difference` return the normal form. Every function that takes a
 * set converts it first, so that a literal works as well.
 */
export type PermissionSet = PermissionDeclaration;

/** The set without permissions. */
export const EMPTY_PERMISSIONS: PermissionSet = Object.freeze({});

/**
 * Lists the entries of a set.
 *
 * @example One entry per value, a whole kind without a value
 * ```ts
 * import { entriesOf } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(entriesOf({ net: ["a.b:443"], sys: true }), [
 *   { kind: "net", value: "a.b:443" },
 *   { kind: "sys" },
 * ]);
 * ```
 *
 * @param set The set.
 * @returns Its entries in their order, kind by kind; frozen.
 */
export function entriesOf(set: PermissionSet): readonly PermissionEntry[] {
  return freezeEntries(listEntries(set));
}

/** Lists the entries of a set, not frozen: a plan asks about thousands. */
export function listEntries(set: PermissionSet): PermissionEntry[] {
  const entries: PermissionEntry[] = [];
  for (const kind of PERMISSION_KINDS) {
    const list = set[kind];
    if (list === undefined) continue;
    if (list === true) entries.push({ kind });
    // forEach skips holes: an entry without a value would be the whole kind.
    else list.forEach((value) => entries.push({ kind, value }));
  }
  return entries;
}

/** Freezes new entries and their list. */
export function freezeEntries(
  entries: PermissionEntry[],
): readonly PermissionEntry[] {
  for (const entry of entries) Object.freeze(entry);
  return Object.freeze(entries);
}

/**
 * Names one permission in a message.
 *
 * @example A missing permission
 * ```ts
 * import { formatEntry } from "@semantik/plugins/permissions";
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
 * The hosts that Deno 2.9 imports from without a flag. A flag
 * `--allow-import=…` replaces them: repeat those that are still needed.
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
