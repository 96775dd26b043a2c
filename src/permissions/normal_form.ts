import { comparisonKey, coverersOf } from "./coverers.ts";
import { PERMISSION_KINDS, type PermissionKind } from "./permission_kind.ts";
import type { PermissionEntry, PermissionSet } from "./permission_set.ts";

/**
 * Brings a list of one kind into normal form.
 *
 * @param kind The kind.
 * @param values Values that are normal already, in any order, repeated or not.
 * @returns The least list that permits the same, sorted; frozen.
 */
export function minimalList(
  kind: PermissionKind,
  values: readonly string[],
): readonly string[] {
  // Most lists of most plugins: nothing to sort, nothing to cover.
  if (values.length === 1) return Object.freeze([...values]);
  const byKey = new Map<string, string>();
  for (const value of values.toSorted()) {
    const key = comparisonKey(kind, value);
    if (!byKey.has(key)) byKey.set(key, value);
  }
  const minimal: string[] = [];
  for (const [key, value] of byKey) {
    const covered = coverersOf(kind, value).some((coverer) =>
      coverer !== key && byKey.has(coverer)
    );
    if (!covered) minimal.push(value);
  }
  return Object.freeze(minimal);
}

/**
 * Makes a set of entries whose values are normal already.
 *
 * @param entries The entries, in any order, repeated or not.
 * @returns The set in normal form.
 */
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
    if (list === true) set[kind] = true;
    else if (list !== undefined) set[kind] = minimalList(kind, list);
  }
  return Object.freeze(set);
}
