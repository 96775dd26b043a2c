/** Compares the permissions of two versions of a plugin. Pure. */

import {
  entriesOf,
  type PermissionEntry,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { normalForm } from "../../permissions/normalize_permissions.ts";
import { difference, SetIndex, union } from "../../permissions/set_algebra.ts";

/** The permissions that a plugin declares, resolved. */
export interface Declared {
  readonly required: PermissionSet;
  readonly optional: PermissionSet;
}

/** One difference, by the meaning of the permissions and not by their spelling. */
export interface PermissionChange {
  /** `required` and `optional`: it was the other before. */
  readonly change:
    | "added"
    | "widened"
    | "required"
    | "optional"
    | "narrowed"
    | "removed";
  /** True if it is about optional permissions. */
  readonly isOptional: boolean;
  /** The entries before; empty for `added`. */
  readonly before: readonly PermissionEntry[];
  /** The entries after; empty for `removed`. */
  readonly after: readonly PermissionEntry[];
}

const GROWTH: ReadonlySet<PermissionChange["change"]> = new Set([
  "added",
  "widened",
  "required",
]);

/** Tests if a change lets the plugin do more, or asks more of its host. */
export function isGrowth({ change }: PermissionChange): boolean {
  return GROWTH.has(change);
}

/** Returns the set of one entry. */
export function setOf({ kind, value }: PermissionEntry): PermissionSet {
  return { [kind]: value === undefined ? true : [value] };
}

type Entries = readonly PermissionEntry[];

/** More changes are shown without the entries that they replace. */
const MAX_PAIRS = 100_000;

/** Finds the entries that each of some wider entries covers. */
function findWithin(
  wider: Entries,
  narrower: Entries,
): (entry: PermissionEntry) => Entries {
  const any = new SetIndex(normalForm([...wider]));
  const candidates = narrower.filter((entry) => any.covers(entry));
  if (wider.length * candidates.length > MAX_PAIRS) return () => [];
  return (entry) => {
    const index = new SetIndex(setOf(entry));
    return candidates.filter((one) => index.covers(one));
  };
}

/**
 * Lists the differences, growth first. Optional permissions that became required
 * are growth: the host must grant them.
 */
export function permissionChanges(
  before: Declared,
  after: Declared,
): readonly PermissionChange[] {
  const had = union(before.required, before.optional);
  const has = union(after.required, after.optional);
  const gained = {
    required: entriesOf(difference(after.required, before.required)),
    optional: entriesOf(difference(after.optional, had)),
  };
  const lost = {
    required: entriesOf(difference(before.required, after.required)),
    optional: entriesOf(difference(before.optional, has)),
  };
  const allGained = [...gained.required, ...gained.optional];
  const allLost = [...lost.required, ...lost.optional];
  const hadWithin = findWithin(allGained, entriesOf(had));
  const hasWithin = findWithin(allLost, entriesOf(has));
  const [hadIndex, hasIndex] = [new SetIndex(had), new SetIndex(has)];
  const gainedIndex = new SetIndex(normalForm(allGained));

  const grow = (entries: Entries, isOptional: boolean) =>
    entries.map((entry): PermissionChange => {
      const after = [entry];
      if (hadIndex.covers(entry)) {
        return { change: "required", isOptional, before: after, after };
      }
      const parts = hadWithin(entry);
      const change = parts.length === 0 ? "added" : "widened";
      return { change, isOptional, before: parts, after };
    });
  const shrink = (entries: Entries, isOptional: boolean) =>
    entries.flatMap((entry): readonly PermissionChange[] => {
      const before = [entry];
      if (hasIndex.covers(entry)) {
        // A wider permission shows the one that it replaces.
        return gainedIndex.covers(entry)
          ? []
          : [{ change: "optional", isOptional, before, after: before }];
      }
      const parts = hasWithin(entry);
      const change = parts.length === 0 ? "removed" : "narrowed";
      return [{ change, isOptional, before, after: parts }];
    });

  return [
    ...grow(gained.required, false),
    ...grow(gained.optional, true),
    ...shrink(lost.required, false),
    ...shrink(lost.optional, true),
  ];
}
