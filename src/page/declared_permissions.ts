/** What is known of each permission that a plugin declares. Pure. */

import {
  difference,
  entriesOf,
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
  union,
} from "../permissions/mod.ts";
import { permissionKey } from "../permissions/permission_states.ts";
import { overlap } from "../permissions/set_algebra.ts";
import type { HostInspection } from "../../mod.ts";

type Plugin = HostInspection["plugins"][number];

/** The permissions that a plugin used so far, and those that it did not. */
export interface PermissionUse {
  readonly used: PermissionSet;
  readonly unused: PermissionSet;
}

/** One permission that a plugin declares, and the decisions about it. */
export interface DeclaredPermission {
  readonly entry: PermissionEntry;
  readonly isOptional: boolean;
  /** True if the process of the host needs it and was not granted it. */
  readonly isMissing: boolean;
  /** The yes to it; `undefined` if none is needed. */
  readonly consent: "agreed" | "missing" | undefined;
  /** Whom it was taken from: the plugin, or all plugins. */
  readonly revoked: "plugin" | "everyone" | undefined;
  /** Whether it was used so far; `undefined` if nobody can know. */
  readonly use: "used" | "unused" | undefined;
}

const NOTHING: PermissionSet = Object.freeze({});

function keysOf(set: PermissionSet): ReadonlySet<string> {
  return new Set(entriesOf(set).map(permissionKey));
}

/** Returns a plugin as its files declare it, if they differ from what runs. */
export function asUpdated(plugin: Plugin): Plugin {
  const { consent, update } = plugin;
  if (update === undefined || consent === undefined) return plugin;
  const { hazards, optional, required, waiting } = update;
  return {
    ...plugin,
    hazards,
    optional,
    required,
    consent: { ...consent, waiting },
  };
}

/** Finds what is known of each declared permission, the required ones first. */
export function declaredPermissions(
  { consent, missing, optional, required }: Plugin,
  everyone: PermissionSet | undefined,
  use: PermissionUse | undefined,
): readonly DeclaredPermission[] {
  const declared = union(required, optional);
  const needsYes = consent?.agreed !== undefined ||
    consent?.waiting !== undefined;
  const agreed = consent?.waiting?.reason === "permissions" ||
      consent?.waiting === undefined
    ? consent?.agreed?.permissions ?? NOTHING
    // A yes to another source, or to other files, does not count.
    : NOTHING;
  const notAgreed = (set: PermissionSet) => keysOf(difference(set, agreed));
  const own = consent?.revocation?.permissions ?? NOTHING;
  const taken = (set: PermissionSet, revoked: PermissionSet) =>
    keysOf(overlap(set, revoked));
  const sets = { missing: keysOf(missing), ...usedKeys(declared, use) };
  return [[required, false] as const, [optional, true] as const].flatMap(
    ([set, isOptional]) => {
      const unagreed = notAgreed(set);
      const takenFromIt = taken(set, own);
      const takenFromAll = taken(set, everyone ?? NOTHING);
      return entriesOf(set).map((entry): DeclaredPermission => {
        const key = permissionKey(entry);
        return {
          entry,
          isOptional,
          isMissing: sets.missing.has(key),
          consent: !needsYes
            ? undefined
            : unagreed.has(key)
            ? "missing"
            : "agreed",
          revoked: takenFromAll.has(key)
            ? "everyone"
            : takenFromIt.has(key)
            ? "plugin"
            : undefined,
          use: sets.used.has(key)
            ? "used"
            : sets.unused.has(key)
            ? "unused"
            : undefined,
        };
      });
    },
  );
}

function usedKeys(declared: PermissionSet, use: PermissionUse | undefined) {
  if (use === undefined) return { used: new Set(), unused: new Set() };
  return {
    used: keysOf(overlap(declared, use.used)),
    unused: keysOf(use.unused),
  };
}

function isEmpty(set: PermissionSet | undefined): boolean {
  return set === undefined || entriesOf(set).length === 0;
}

/** Tests if a person can agree to something of a plugin, or give something back. */
export function canGrant(plugin: Plugin): boolean {
  const { consent, optional } = asUpdated(plugin);
  if (consent === undefined) return false;
  const { agreed, revocation, waiting } = consent;
  return waiting !== undefined || !isEmpty(revocation?.permissions) ||
    (agreed !== undefined &&
      !isEmpty(difference(optional, agreed.permissions)));
}

/** Tests if a yes is missing to the code of a plugin, and to nothing that it requires. */
export function isCodeAlone(plugin: Plugin): boolean {
  const { consent } = asUpdated(plugin);
  return consent?.waiting !== undefined && isEmpty(consent.waiting.added);
}

/** Tests if a plugin has something that can be taken from it. */
export function canRevoke({ consent, optional, required }: Plugin): boolean {
  if (consent === undefined) return false;
  const declared = union(required, optional);
  return consent.agreed !== undefined ||
    !isEmpty(difference(declared, consent.revocation?.permissions ?? NOTHING));
}

/** Returns everything that a person agrees to who agrees to all: nothing stays revoked. */
export function wholeGrant(plugin: Plugin): PermissionSet {
  const { consent, optional, required } = asUpdated(plugin);
  return union(required, optional, consent?.revocation?.permissions ?? NOTHING);
}

/** Joins permissions as a manifest does, whatever their values are. */
export function joinEntries(
  entries: readonly PermissionEntry[],
): PermissionDeclaration {
  const joined: Partial<Record<PermissionKind, true | string[]>> = {};
  for (const { kind, value } of entries) {
    const before = joined[kind];
    if (before === true) continue;
    joined[kind] = value === undefined ? true : [...before ?? [], value];
  }
  return joined;
}

/** Writes a permission as the value of a field. */
export function writeEntry(entry: PermissionEntry): string {
  return permissionKey(entry);
}

/** Reads a permission that a form sent; `undefined` if it is none. */
export function readEntry(text: string): PermissionEntry | undefined {
  const [name = "", ...rest] = text.split(":");
  const kind = PERMISSION_KINDS.find((known) => known === name);
  if (kind === undefined) return undefined;
  const value = rest.join(":");
  if (rest.length === 0) return { kind };
  return value === "" ? undefined : { kind, value };
}
