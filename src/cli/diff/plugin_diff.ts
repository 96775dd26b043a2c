/** Compares two versions of a plugin. Pure. */

import type { Manifest, Requirement } from "../../manifest/manifest.ts";
import { isInRange, isPreRelease } from "../../manifest/version.ts";
import { type Hazard, HAZARD_LEVELS } from "../../permissions/path_hazards.ts";
import {
  flagProblems,
  permissionFlags,
} from "../../permissions/permission_flags.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { permissionKey } from "../../permissions/permission_states.ts";
import { difference } from "../../permissions/set_algebra.ts";
import {
  type Declared,
  isGrowth,
  type PermissionChange,
  permissionChanges,
} from "./permission_changes.ts";
import type { FileChanges } from "./plugin_files.ts";

/** One version of a plugin, as its manifest and its modules describe it. */
export interface PluginVersion {
  readonly source: string;
  readonly manifest: Manifest;
  readonly declared: Declared;
  readonly hazards: readonly Hazard[];
  /** The packages and remote modules that it brings, if they are known. */
  readonly imports: readonly string[] | undefined;
}

/** A text of the manifest that is another now. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface RequirementChange {
  readonly id: string;
  readonly before: Omit<Requirement, "id"> | undefined;
  readonly after: Omit<Requirement, "id"> | undefined;
}

/** A package or module; both are given if only its version is another. */
export interface ImportChange {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface PluginDiff {
  readonly id: string;
  /** Absent for a plugin that is new. */
  readonly before: VersionName | undefined;
  /** Absent for a plugin that is gone. */
  readonly after: VersionName | undefined;
  /** True if the plugin may do more, or asks more of its host. */
  readonly grows: boolean;
  /** True if its version is lower than before. */
  readonly isOlder: boolean;
  readonly permissions: readonly PermissionChange[];
  /** The flags of the required permissions; empty if no flags can express them. */
  readonly flags: {
    readonly before: readonly string[];
    readonly after: readonly string[];
    /** The flags for what is required now and was not. */
    readonly added: readonly string[];
  };
  readonly hazards: {
    readonly gained: readonly Hazard[];
    readonly lost: readonly Hazard[];
  };
  readonly manifest: readonly FieldChange[];
  readonly requires: readonly RequirementChange[];
  /** Absent if they are not known of both versions. */
  readonly imports: readonly ImportChange[] | undefined;
  /** Absent if they are not known of both versions. */
  readonly files: FileChanges | undefined;
}

export interface VersionName {
  readonly version: string;
  readonly source: string;
}

/** The texts of a manifest; dependencies and permissions are compared apart. */
const FIELDS = [
  "id",
  "type",
  "version",
  "host",
  "entry",
  "displayName",
  "description",
  "author",
  "license",
  "homepage",
] as const;

const NOTHING: Declared = { required: {}, optional: {} };
const PACKAGE_REGEXP = /^((?:jsr|npm):\/?(?:@[^/@]+\/)?[^/@]+)(?:@[^/]*)?(.*)$/;

function hazardKey({ level, entry, reason }: Hazard): string {
  return `${level} ${permissionKey(entry)} ${reason}`;
}

function without(
  hazards: readonly Hazard[],
  others: readonly Hazard[],
): readonly Hazard[] {
  const known = new Set(others.map(hazardKey));
  return hazards.filter((one) => !known.has(hazardKey(one)));
}

function withoutId(
  requirement: Requirement | undefined,
): Omit<Requirement, "id"> | undefined {
  if (requirement === undefined) return undefined;
  const { id: _, ...others } = requirement;
  return others;
}

function compareRequirements(
  before: readonly Requirement[],
  after: readonly Requirement[],
): readonly RequirementChange[] {
  const ids = new Set([...after, ...before].map(({ id }) => id));
  return [...ids].map((id) => ({
    id,
    before: withoutId(before.find((one) => one.id === id)),
    after: withoutId(after.find((one) => one.id === id)),
  })).filter(({ before, after }) =>
    before?.version !== after?.version ||
    (before?.optional ?? false) !== (after?.optional ?? false)
  );
}

/** Returns a package's name and path, without its version. */
function nameOf(specifier: string): string {
  const [, name, path = ""] = PACKAGE_REGEXP.exec(specifier) ?? [];
  return name === undefined ? specifier : name + path;
}

function compareImports(
  before: readonly string[],
  after: readonly string[],
): readonly ImportChange[] {
  const [had, has] = [new Set(before), new Set(after)];
  const removed = Map.groupBy(
    before.filter((one) => !has.has(one)),
    nameOf,
  );
  const changes = after.filter((one) => !had.has(one))
    .map((one): ImportChange => ({
      before: removed.get(nameOf(one))?.shift(),
      after: one,
    }));
  return [
    ...changes.filter((one) => one.before === undefined),
    ...changes.filter((one) => one.before !== undefined),
    ...[...removed.values()].flat()
      .map((one) => ({ before: one, after: undefined })),
  ];
}

function nameVersion(
  version: PluginVersion | undefined,
): VersionName | undefined {
  return version &&
    { version: version.manifest.version, source: version.source };
}

function flagsOf(set: PermissionSet): readonly string[] {
  return flagProblems(set).length > 0
    ? []
    : permissionFlags(set, { noPrompt: false });
}

/** Orders growth before the rest, and more dangerous permissions first. */
function worstFirst(
  permissions: readonly PermissionChange[],
  hazards: readonly Hazard[],
): readonly PermissionChange[] {
  const worst = new Map<string, number>();
  for (const { entry, level } of hazards) {
    const rank = HAZARD_LEVELS.indexOf(level);
    const key = permissionKey(entry);
    worst.set(key, Math.min(worst.get(key) ?? Infinity, rank));
  }
  const rankOf = (one: PermissionChange) => {
    if (!isGrowth(one)) return HAZARD_LEVELS.length + 1;
    const ranks = one.after.map((entry) => worst.get(permissionKey(entry)));
    return ranks[0] ?? HAZARD_LEVELS.length;
  };
  return permissions.toSorted((one, other) => rankOf(one) - rankOf(other));
}

/** Compares two versions, of pre-releases only that they precede their release. */
function isLower(version: string, than: string): boolean {
  const [one = "", other = ""] = [version, than]
    .map((text) => text.replace(/[-+].*/, ""));
  return isInRange(other, `>${one}`) ||
    (one === other && isPreRelease(version) && !isPreRelease(than));
}

/** Compares versions; one is absent if the plugin is new or gone. */
export function comparePlugins(
  before: PluginVersion | undefined,
  after: PluginVersion | undefined,
  files?: FileChanges,
): PluginDiff {
  const { declared: had = NOTHING } = before ?? {};
  const { declared: has = NOTHING } = after ?? {};
  const permissions = permissionChanges(had, has);
  const [old, now] = [before?.manifest, after?.manifest];
  const [hadHazards, hasHazards] = [
    before?.hazards ?? [],
    after?.hazards ?? [],
  ];
  return {
    id: now?.id ?? old?.id ?? "",
    before: nameVersion(before),
    after: nameVersion(after),
    grows: permissions.some(isGrowth),
    isOlder: old !== undefined && now !== undefined &&
      isLower(now.version, old.version),
    permissions: worstFirst(permissions, hasHazards),
    flags: {
      before: flagsOf(had.required),
      after: flagsOf(has.required),
      added: flagsOf(difference(has.required, had.required)),
    },
    hazards: {
      gained: without(hasHazards, hadHazards),
      lost: without(hadHazards, hasHazards),
    },
    manifest: FIELDS.map((field) => ({
      field,
      before: old?.[field],
      after: now?.[field],
    })).filter(({ before, after }) => before !== after),
    requires: compareRequirements(old?.requires ?? [], now?.requires ?? []),
    imports: (before && before.imports === undefined) ||
        (after && after.imports === undefined)
      ? undefined
      : compareImports(before?.imports ?? [], after?.imports ?? []),
    files,
  };
}
