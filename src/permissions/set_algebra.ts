/**
 * The algebra of permission sets: what covers what, what is left, what two make
 * together.
 *
 * @module
 */

import { CoverIndex, coverKey } from "./cover_index.ts";
import { normalForm, readSet } from "./normal_form.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  entriesOf,
  PERMISSION_KINDS,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";

/** A set made ready for many questions about single entries. */
export class SetIndex {
  readonly #whole = new Set<PermissionKind>();
  readonly #lists = new Map<PermissionKind, CoverIndex>();

  /**
   * Reads a set once.
   *
   * @param set The set, in normal form.
   */
  constructor(set: PermissionSet) {
    for (const kind of PERMISSION_KINDS) {
      const list = set[kind];
      if (list === undefined) continue;
      if (list === true) this.#whole.add(kind);
      else {
        const keys = list.map((value) => coverKey(kind, value));
        this.#lists.set(kind, new CoverIndex(keys));
      }
    }
  }

  /**
   * Whether the set permits an entry.
   *
   * @param entry The entry, in normal form.
   * @returns True when one entry of the set covers it.
   */
  covers({ kind, value }: PermissionEntry): boolean {
    if (this.#whole.has(kind)) return true;
    const list = this.#lists.get(kind);
    if (list === undefined || value === undefined) return false;
    return list.covers(coverKey(kind, value));
  }
}

/**
 * Whether one set permits all that another does, as Deno reads both: `/data`
 * covers `/data/x` and not `/database`, a host covers each of its ports,
 * `*.example.com` each of its subdomains, `AWS_*` each variable it begins.
 *
 * @example A directory and its namesake
 * ```ts
 * import { covers } from "@semantik/plugins";
 * import { assert, assertFalse } from "@std/assert";
 *
 * assert(covers({ read: ["/data"] }, { read: ["/data/x"] }));
 * assertFalse(covers({ read: ["/data"] }, { read: ["/database"] }));
 * ```
 *
 * @param a The set that may cover.
 * @param b The set that may be covered.
 * @returns True when every entry of `b` is covered by one of `a`.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function covers(a: PermissionSet, b: PermissionSet): boolean {
  const index = new SetIndex(readSet(a));
  return entriesOf(readSet(b)).every((entry) => index.covers(entry));
}

/**
 * Whether two sets permit the same.
 *
 * @example Two spellings of one set
 * ```ts
 * import { equals } from "@semantik/plugins";
 * import { assert } from "@std/assert";
 *
 * assert(equals({ net: ["A.example:80", "a.example"] }, { net: ["a.example"] }));
 * ```
 *
 * @param a One set.
 * @param b The other.
 * @returns True when each covers the other.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function equals(a: PermissionSet, b: PermissionSet): boolean {
  return covers(a, b) && covers(b, a);
}

/**
 * What one set permits and another does not, in whole entries: a directory of
 * which the other set has a part stays in the difference, because Deno cannot
 * express the rest.
 *
 * @example What is still missing
 * ```ts
 * import { difference } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   difference({ net: ["a.b:80", "c.d"] }, { net: ["a.b"] }),
 *   { net: ["c.d"] },
 * );
 * ```
 *
 * @param a The set to take from.
 * @param b The set to take away.
 * @returns The entries of `a` that `b` does not cover, in normal form.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function difference(a: PermissionSet, b: PermissionSet): PermissionSet {
  const index = new SetIndex(readSet(b));
  return normalForm(
    entriesOf(readSet(a)).filter((entry) => !index.covers(entry)),
  );
}

/**
 * The least set that permits all that the given sets permit.
 *
 * @example Two plugins in one process
 * ```ts
 * import { union } from "@semantik/plugins";
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
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function union(...sets: readonly PermissionSet[]): PermissionSet {
  return normalForm(sets.flatMap((set) => entriesOf(readSet(set))));
}

/**
 * Leaves out imports that Deno permits without being told.
 *
 * @param set A set in normal form.
 * @returns The set without `import` when every host of it is a default one;
 * otherwise the set as it is, for a flag replaces the defaults.
 */
export function withoutDefaultImports(set: PermissionSet): PermissionSet {
  const list = set.import;
  if (list === undefined || list === true) return set;
  return covers({ import: DEFAULT_IMPORT_HOSTS }, { import: list })
    ? normalForm(entriesOf(set).filter(({ kind }) => kind !== "import"))
    : set;
}
