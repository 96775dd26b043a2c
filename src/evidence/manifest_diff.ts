/** Compares what a manifest declares with what its plugin was seen to use. Pure. */

import { fileName } from "../base/path.ts";
import { normalForm } from "../permissions/normalize_permissions.ts";
import {
  listEntries,
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionKind,
} from "../permissions/permission_set.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import { generalize, type HeldBack, type Need } from "./generalize.ts";
import { type Places, resolveValue, type Use } from "./use.ts";

/** The two fields of a manifest that declare permissions. */
export interface Declared {
  readonly permissions: PermissionDeclaration;
  readonly optionalPermissions: PermissionDeclaration;
}

/** One entry of a manifest. */
export interface DeclaredEntry {
  readonly field: keyof Declared;
  readonly kind: PermissionKind;
  readonly value?: string;
}

/** A declared entry, of which only a part was used. */
export interface WideEntry extends DeclaredEntry {
  /** The values that were used. */
  readonly uses: readonly string[];
}

/** The differences between a manifest and the evidence. */
export interface ManifestDiff {
  /** Declared and never used. */
  readonly unused: readonly DeclaredEntry[];
  /** Used and not declared. */
  readonly undeclared: readonly Need[];
  /** Declared wider than it was used. */
  readonly wide: readonly WideEntry[];
  /** Used, not declared, and nothing to propose. */
  readonly heldBack: readonly HeldBack[];
  /** The smallest declarations that cover the evidence. */
  readonly smallest: Declared;
}

const FIELDS = ["permissions", "optionalPermissions"] as const;

/** Lists the entries of a manifest as they are written. */
export function declaredEntries(declared: Declared): readonly DeclaredEntry[] {
  return FIELDS.flatMap((field) =>
    listEntries(declared[field]).map((entry) => ({ field, ...entry }))
  );
}

/** An entry of a manifest, resolved for comparisons. */
class IndexedEntry {
  readonly entry: DeclaredEntry;
  readonly #resolved: readonly PermissionEntry[];
  readonly #index: SetIndex;

  constructor(entry: DeclaredEntry, places: Places) {
    this.entry = entry;
    this.#resolved = resolveValue(entry.kind, entry.value, places);
    this.#index = new SetIndex(normalForm(this.#resolved));
  }

  covers({ kind, value }: Use | Need, places: Places): boolean {
    const { entry } = this;
    if (entry.kind !== kind) return false;
    const isNamed = kind === "run" && value !== undefined &&
      fileName(value) === entry.value;
    return isNamed ||
      resolveValue(kind, value, places).every((one) => this.#index.covers(one));
  }

  /** Tests if another entry permits all that this one does. */
  isCoveredBy(other: SetIndex): boolean {
    return this.#resolved.every((one) => other.covers(one));
  }
}

function declarationOf(
  all: readonly DeclaredEntry[],
  field: keyof Declared,
): PermissionDeclaration {
  const entries = all.filter((entry) => entry.field === field);
  const found: Partial<Record<PermissionKind, true | readonly string[]>> = {};
  for (const kind of PERMISSION_KINDS) {
    const own = entries.filter((entry) => entry.kind === kind);
    if (own.length === 0) continue;
    found[kind] = own.some(({ value }) => value === undefined)
      ? true
      : [...new Set(own.flatMap(({ value }) => value ?? []))];
  }
  return found;
}

function smallestOf(
  needs: readonly Need[],
  declared: readonly IndexedEntry[],
  kept: readonly IndexedEntry[],
  places: Places,
): Declared {
  const entries: DeclaredEntry[] = kept.map(({ entry }) => entry);
  for (const need of needs) {
    if (kept.some((one) => one.covers(need, places))) continue;
    const { kind, value } = need;
    // An author decides what is optional.
    const { field } = declared.find((one) => one.covers(need, places))?.entry ??
      need;
    entries.push({ field, kind, ...value === undefined ? {} : { value } });
  }
  return {
    permissions: declarationOf(entries, "permissions"),
    optionalPermissions: declarationOf(entries, "optionalPermissions"),
  };
}

/**
 * Compares a manifest with the uses of its plugin.
 *
 * @param uses The uses, each permission once.
 */
export function diffManifest(
  declared: Declared,
  uses: readonly Use[],
  places: Places,
): ManifestDiff {
  const { needs, heldBack } = generalize(uses, places);
  const entries = declaredEntries(declared)
    .map((entry) => new IndexedEntry(entry, places));
  const isUsed = (one: IndexedEntry) =>
    uses.some((use) => one.covers(use, places));
  const unused = entries.filter((one) => !isUsed(one));
  const used = entries.filter(isUsed);
  const needed = new SetIndex(normalForm(
    needs.flatMap(({ kind, value }) => resolveValue(kind, value, places)),
  ));
  const isHeld = (one: IndexedEntry) =>
    heldBack.some(({ use }) => one.covers(use, places));
  const isNamed = ({ entry: { kind, value } }: IndexedEntry) =>
    kind === "run" && value !== undefined;
  // What it reads in its own directory is no need, and harmless to declare.
  const isOwn = (one: IndexedEntry) =>
    !needs.some((need) => one.covers(need, places));
  const isWide = (one: IndexedEntry) =>
    !one.isCoveredBy(needed) && !isHeld(one) && !isNamed(one) && !isOwn(one);
  const kept = used.filter((one) => !isWide(one));
  return {
    unused: unused.map(({ entry }) => entry),
    undeclared: needs.filter((need) =>
      !entries.some((one) => one.covers(need, places))
    ),
    wide: used.filter(isWide).map((one) => ({
      ...one.entry,
      uses: needs.filter((need) => one.covers(need, places))
        .flatMap(({ value }) => value ?? []),
    })),
    heldBack: heldBack.filter(({ use }) =>
      !entries.some((one) => one.covers(use, places))
    ),
    smallest: smallestOf(needs, entries, kept, places),
  };
}

/**
 * Returns a manifest with what was used and not declared, and nothing less: after a
 * run that failed, nobody knows what is never used.
 */
export function withUndeclared(
  declared: Declared,
  { undeclared }: ManifestDiff,
): Declared {
  const entries: readonly DeclaredEntry[] = [
    ...declaredEntries(declared),
    ...undeclared,
  ];
  return {
    permissions: declarationOf(entries, "permissions"),
    optionalPermissions: declarationOf(entries, "optionalPermissions"),
  };
}

/** Tests if a manifest declares what was used, and nothing that was not. */
export function isExact(
  { unused, undeclared, heldBack }: ManifestDiff,
): boolean {
  return unused.length === 0 && undeclared.length === 0 &&
    heldBack.length === 0;
}
