/** Compares the permissions of two versions of a plugin. Pure. */

import {
  entriesOf,
  type PermissionEntry,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { covers, difference, union } from "../../permissions/set_algebra.ts";

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

function isIn(entry: PermissionEntry, set: PermissionSet): boolean {
  return covers(set, setOf(entry));
}

type Lists = readonly PermissionEntry[];

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
  const within = (entry: PermissionEntry, set: PermissionSet) =>
    entriesOf(set).filter((one) => isIn(one, setOf(entry)));

  const gained = (entries: Lists, isOptional: boolean) =>
    entries.map((entry): PermissionChange => {
      const after = [entry];
      if (isIn(entry, had)) {
        return { change: "required", isOptional, before: after, after };
      }
      const parts = within(entry, had);
      const change = parts.length === 0 ? "added" : "widened";
      return { change, isOptional, before: parts, after };
    });
  const lost = (entries: Lists, isOptional: boolean) =>
    entries.map((entry): PermissionChange => {
      const before = [entry];
      if (isIn(entry, has)) {
        return { change: "optional", isOptional, before, after: before };
      }
      const parts = within(entry, has);
      const change = parts.length === 0 ? "removed" : "narrowed";
      return { change, isOptional, before, after: parts };
    });

  const grown = [
    ...gained(entriesOf(difference(after.required, before.required)), false),
    ...gained(entriesOf(difference(after.optional, had)), true),
  ];
  // A wider permission shows the one that it replaces.
  const isReplaced = ({ change, before: [entry] }: PermissionChange) =>
    change !== "optional" && entry !== undefined &&
    grown.some(({ after: [wider] }) => wider && isIn(entry, setOf(wider)));
  const shrunk = [
    ...lost(entriesOf(difference(before.required, after.required)), false),
    ...lost(entriesOf(difference(before.optional, has)), true),
  ];
  return [...grown, ...shrunk.filter((one) => !isReplaced(one))];
}
