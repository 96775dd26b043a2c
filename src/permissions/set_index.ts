import { comparisonKey, coverersOf } from "./coverers.ts";
import type { PermissionKind } from "./permission_kind.ts";
import { entriesOf } from "./entries_of.ts";
import type { PermissionEntry, PermissionSet } from "./permission_set.ts";

/** A set made ready for many questions about single entries. */
export class SetIndex {
  readonly #whole = new Set<PermissionKind>();
  readonly #keys = new Map<PermissionKind, Set<string>>();

  /**
   * Reads a set once.
   *
   * @param set The set, in normal form.
   */
  constructor(set: PermissionSet) {
    for (const { kind, value } of entriesOf(set)) {
      if (value === undefined) this.#whole.add(kind);
      else this.#keysOf(kind).add(comparisonKey(kind, value));
    }
  }

  #keysOf(kind: PermissionKind): Set<string> {
    const known = this.#keys.get(kind);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    this.#keys.set(kind, keys);
    return keys;
  }

  /**
   * Whether the set permits an entry.
   *
   * @param entry The entry, in normal form.
   * @returns True when one entry of the set covers it.
   */
  covers({ kind, value }: PermissionEntry): boolean {
    if (this.#whole.has(kind)) return true;
    const keys = this.#keys.get(kind);
    if (keys === undefined || value === undefined) return false;
    return coverersOf(kind, value).some((coverer) => keys.has(coverer));
  }
}
