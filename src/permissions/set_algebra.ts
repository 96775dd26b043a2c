import {
  CoverIndex,
  type CoverKey,
  coverKey,
  normalForm,
  readSet,
} from "./normalize_permissions.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  listEntries,
  PERMISSION_KINDS,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";

/** A set in normal form, indexed for many questions about single entries. */
export class SetIndex {
  readonly #lists = new Map<PermissionKind, true | CoverIndex>();

  constructor(set: PermissionSet) {
    for (const kind of PERMISSION_KINDS) {
      const list = set[kind];
      if (list === undefined) continue;
      this.#lists.set(
        kind,
        list === true ||
          new CoverIndex(list.map((value) => coverKey(kind, value))),
      );
    }
  }

  /** Tests if one entry of the set covers an entry in normal form. */
  covers({ kind, value }: PermissionEntry): boolean {
    const list = this.#lists.get(kind);
    if (list === undefined || list === true) return list ?? false;
    return value !== undefined && list.covers(coverKey(kind, value));
  }
}

/**
 * Tests if one set permits everything that another does, as Deno reads both:
 * `/data` covers `/data/x` but not `/database`, a host covers its ports,
 * `*.example.com` its subdomains, `AWS_*` the variables with that prefix.
 *
 * @example A directory and one with a similar name
 * ```ts
 * import { covers } from "@semantik/plugins/permissions";
 * import { assert, assertFalse } from "@std/assert";
 *
 * assert(covers({ read: ["/data"] }, { read: ["/data/x"] }));
 * assertFalse(covers({ read: ["/data"] }, { read: ["/database"] }));
 * ```
 *
 * @param a The set that may cover.
 * @param b The set that may be covered.
 * @returns True if an entry of `a` covers each entry of `b`.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or Deno
 * would reject a value.
 */
export function covers(a: PermissionSet, b: PermissionSet): boolean {
  const index = new SetIndex(readSet(a));
  return listEntries(readSet(b)).every((entry) => index.covers(entry));
}

/**
 * Tests if two sets permit the same.
 *
 * @example Two spellings of one set
 * ```ts
 * import { equals } from "@semantik/plugins/permissions";
 * import { assert } from "@std/assert";
 *
 * assert(equals({ net: ["A.example:80", "a.example"] }, { net: ["a.example"] }));
 * ```
 *
 * @param a One set.
 * @param b The other.
 * @returns True if each covers the other.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or Deno
 * would reject a value.
 */
export function equals(a: PermissionSet, b: PermissionSet): boolean {
  return covers(a, b) && covers(b, a);
}

/**
 * Subtracts one set from another, in whole entries. A directory stays even if
 * the other set has a part of it: Deno cannot express the rest.
 *
 * @example Missing permissions
 * ```ts
 * import { difference } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   difference({ net: ["a.b:80", "c.d"] }, { net: ["a.b"] }),
 *   { net: ["c.d"] },
 * );
 * ```
 *
 * @param a The set to subtract from.
 * @param b The set to subtract.
 * @returns The entries of `a` that `b` does not cover, in normal form.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or Deno
 * would reject a value.
 */
export function difference(a: PermissionSet, b: PermissionSet): PermissionSet {
  const index = new SetIndex(readSet(b));
  return normalForm(
    listEntries(readSet(a)).filter((entry) => !index.covers(entry)),
  );
}

/**
 * Combines sets to the smallest set that covers each of them.
 *
 * @example Two plugins in one process
 * ```ts
 * import { union } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   union({ net: ["b.example"] }, { net: ["a.example"], read: ["/data"] }),
 *   { read: ["/data"], net: ["a.example", "b.example"] },
 * );
 * ```
 *
 * @param sets Any number of sets.
 * @returns Their union in normal form.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or Deno
 * would reject a value.
 */
export function union(...sets: readonly PermissionSet[]): PermissionSet {
  return normalForm(sets.flatMap((set) => listEntries(readSet(set))));
}

/** Tests if one value could permit something that the other does, too. */
function meet(one: CoverKey, other: CoverKey): boolean {
  const { group, key, isSpan } = one;
  const isSameGroup = group === other.group || group === other.wider ||
    one.wider === other.group;
  if (!isSameGroup) return false;
  return key === other.key || (isSpan && other.key.startsWith(key)) ||
    (other.isSpan && key.startsWith(other.key));
}

/** Returns the entries of `a` that permit something which `b` permits, too. */
export function overlap(a: PermissionSet, b: PermissionSet): PermissionSet {
  const one = readSet(a);
  const other = readSet(b);
  const keys = new Map<PermissionKind, readonly CoverKey[]>();
  return normalForm(
    listEntries(one).filter(({ kind, value }) => {
      const list = other[kind];
      if (list === undefined || list === true) return list ?? false;
      if (value === undefined) return list.length > 0;
      const others = keys.get(kind) ?? list.map((each) => coverKey(kind, each));
      keys.set(kind, others);
      const own = coverKey(kind, value);
      return others.some((each) => meet(own, each));
    }),
  );
}

/** Tests if a set needs a flag for imports, which replaces Deno's own hosts. */
export function needsImportFlag(
  { import: hosts = [] }: PermissionSet,
): boolean {
  return !covers({ import: DEFAULT_IMPORT_HOSTS }, { import: hosts });
}

/** Removes the imports if all of them are hosts that Deno allows anyway. */
export function withoutDefaultImports(set: PermissionSet): PermissionSet {
  const { import: hosts, ...others } = set;
  return hosts === undefined || needsImportFlag(set) ? set : others;
}
