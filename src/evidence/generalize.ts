/** Makes the permissions that a manifest should declare from the uses of a plugin. Pure. */

import { fileName, isAbsolutePath, isIn, resolvePath } from "../base/path.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import { normalForm } from "../permissions/normalize_permissions.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  type PermissionKind,
} from "../permissions/permission_set.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import { isPlaceholder, type Places, resolveValue, type Use } from "./use.ts";

/** One entry that a manifest needs. */
export interface Need {
  /** The field of the manifest. */
  readonly field: "permissions" | "optionalPermissions";
  readonly kind: PermissionKind;
  readonly value?: string;
  /** The places in the plugin that use it, if known. */
  readonly places: readonly string[];
  /** True if each of its uses was denied. */
  readonly isDenied: boolean;
}

/** A use for which no entry is proposed. */
export interface HeldBack {
  readonly use: Use;
  readonly reason: string;
  readonly remedy: string;
}

export interface Generalized {
  readonly needs: readonly Need[];
  readonly heldBack: readonly HeldBack[];
}

/** A folder is proposed once so many of its files were used. */
export const FILES_OF_A_FOLDER = 8;

const MAX_PLACES = 5;

/** The root, and the folders that hold the system or the people on a machine. */
const SYSTEM_REGEXP =
  /^\/(?:(?:bin|boot|dev|etc|home|lib\d*|mnt|media|opt|proc|root|run|sbin|srv|sys|usr|var|Applications|Library|System|Users|Volumes|private)(?:\/(?:bin|lib\d*|local|sbin|share|run|log|etc|var|tmp))?)?$/i;
const PERSON_REGEXP = /^\/(?:home|Users)\/[^/]+$/i;
const WINDOWS_REGEXP =
  /^[a-z]:(?:[\\/](?:windows|program files(?: \(x86\))?|programdata|users(?:[\\/][^\\/]+)?)?)?(?:[\\/]system32)?$/i;

const DATA_REMEDY =
  "Write to context.dataDir instead, which the manifest declares as $DATA";
const HAND_REMEDY = "Use a folder of its own, or declare it by hand";

function isPathKind(kind: PermissionKind): boolean {
  return kind === "read" || kind === "write" || kind === "ffi";
}

function isVariable(value: string): boolean {
  return value.startsWith("$DATA") || value.startsWith("$NPM/");
}

function absolute(value: string, { directory }: Places): string {
  return isAbsolutePath(value) ? value : resolvePath(value, directory);
}

/** Tests if a folder holds far more than a plugin should name. */
export function isTooWide(path: string, places: Places): boolean {
  const { home, temporary } = places;
  const holds = (inner: string) => inner === path || isIn(inner, path);
  return [SYSTEM_REGEXP, PERSON_REGEXP, WINDOWS_REGEXP]
    .some((one) => one.test(path)) ||
    temporary.some(holds) ||
    (home !== undefined && holds(home));
}

function isTemporary(path: string, places: Places): boolean {
  const { directory, root, temporary } = places;
  const isKept = [directory, root].some((kept) =>
    // A project may itself be in a temporary folder.
    path === kept || isIn(path, kept)
  );
  return !isKept && temporary.some((one) => isIn(path, one));
}

function pathFault(
  use: Use,
  places: Places,
): Omit<HeldBack, "use"> | undefined {
  const { value = "" } = use;
  if (isVariable(value)) return undefined;
  const path = absolute(value, places);
  if (isTooWide(path, places)) {
    return {
      reason: "it is a folder of the system, of the user or of all temporary " +
        "files",
      remedy: HAND_REMEDY,
    };
  }
  return isTemporary(path, places)
    ? { reason: "it is a temporary file", remedy: DATA_REMEDY }
    : undefined;
}

/** Finds the reason why no entry is proposed for a use. */
function faultOf(use: Use, places: Places): Omit<HeldBack, "use"> | undefined {
  const { kind, value } = use;
  if (value === undefined) {
    if (kind === "env") return undefined;
    return {
      reason: kind === "run"
        ? "a program was started, and Deno does not name it"
        : kind === "read" || kind === "write"
        ? "a symbolic link needs the whole kind"
        : "it needs the whole kind",
      remedy: `Avoid it, or declare "${kind}": true by hand`,
    };
  }
  if (isPlaceholder(value)) {
    return {
      reason: "it is a folder of the system or of all temporary files",
      remedy: kind === "write" ? DATA_REMEDY : HAND_REMEDY,
    };
  }
  if (use.isSecret) {
    return { reason: "it looks like a secret", remedy: HAND_REMEDY };
  }
  const [problem] = checkDeclaration({ [kind]: [value] }, "permissions", {
    windows: places.windows,
  });
  if (problem !== undefined) {
    const { message, remedy } = problem;
    return { reason: `no manifest can declare it: ${message}`, remedy };
  }
  return isPathKind(kind) ? pathFault(use, places) : undefined;
}

function parentOf(value: string): string | undefined {
  const end = value.length - fileName(value).length - 1;
  return end <= 0 ? undefined : value.slice(0, end);
}

/** Returns the folders that stand for eight or more files that were used. */
function foldersOf(
  kind: PermissionKind,
  values: readonly string[],
  places: Places,
): readonly string[] {
  const counts = new Map<string, number>();
  for (const value of values) {
    const parent = isVariable(value) ? undefined : parentOf(value);
    if (parent !== undefined) {
      counts.set(parent, (counts.get(parent) ?? 0) + 1);
    }
  }
  return Array.from(counts).flatMap(([folder, count]) => {
    const path = absolute(folder, places);
    const { directory } = places;
    // A folder with the plugin's own code is never proposed for writing.
    const holdsCode = path === directory || isIn(directory, path);
    const isFit = count >= FILES_OF_A_FOLDER && !isTooWide(path, places) &&
      !(kind === "write" && holdsCode);
    return isFit ? [folder] : [];
  });
}

/** A native library of a package needs what the package itself names. */
function widened(kind: PermissionKind, value: string): string {
  const [, name] = /^(\$NPM\/(?:@[^/]+\/)?[^/]+)/.exec(value) ?? [];
  return kind === "ffi" && name !== undefined ? name : value;
}

/** Tests if a use needs no entry: its own files, and hosts that Deno imports from. */
function isFree({ kind, value = "" }: Use): boolean {
  return kind === "read"
    ? value === "." || value.startsWith("./")
    : kind === "import" && DEFAULT_IMPORT_HOSTS.includes(value);
}

function needsOfKind(
  kind: PermissionKind,
  uses: readonly Use[],
  places: Places,
): readonly Need[] {
  if (uses.some(({ value }) => value === undefined)) {
    return [needOf(kind, undefined, uses)];
  }
  const values = [
    ...new Set(uses.map(({ value = "" }) => widened(kind, value))),
  ];
  const all = [
    ...isPathKind(kind) ? foldersOf(kind, values, places) : [],
    ...values,
  ].toSorted((one, other) =>
    one.length - other.length || (one < other ? -1 : 1)
  );
  const kept: string[] = [];
  let index = new SetIndex({});
  for (const value of all) {
    const entries = resolveValue(kind, value, places);
    if (entries.every((entry) => index.covers(entry))) continue;
    kept.push(value);
    index = new SetIndex(
      normalForm(kept.flatMap((one) => resolveValue(kind, one, places))),
    );
  }
  return kept.toSorted().map((value) => {
    const own = new SetIndex(normalForm(resolveValue(kind, value, places)));
    const covered = uses.filter((use) =>
      resolveValue(kind, widened(kind, use.value ?? ""), places)
        .every((entry) => own.covers(entry))
    );
    return needOf(kind, value, covered);
  });
}

function needOf(
  kind: PermissionKind,
  value: string | undefined,
  uses: readonly Use[],
): Need {
  const isOptional = kind === "env" && value !== undefined &&
    uses.every(({ isUnset }) => isUnset === true);
  const found = new Set(uses.flatMap(({ place }) => place ?? []));
  return {
    field: isOptional ? "optionalPermissions" : "permissions",
    kind,
    ...value === undefined ? {} : { value },
    places: [...found].toSorted().slice(0, MAX_PLACES),
    isDenied: uses.every(({ isDenied }) => isDenied === true),
  };
}

/**
 * Returns the fewest entries that cover the uses. Hosts and variables are never
 * widened. A folder is named if it was itself used, e.g. listed, or if eight of its
 * files were. What a plugin reads in its own directory needs no entry.
 */
export function generalize(
  uses: readonly Use[],
  places: Places,
): Generalized {
  const heldBack: HeldBack[] = [];
  const kinds = new Map<PermissionKind, Use[]>();
  for (const use of uses) {
    if (isFree(use)) continue;
    const fault = faultOf(use, places);
    if (fault !== undefined) heldBack.push({ use, ...fault });
    else kinds.set(use.kind, [...kinds.get(use.kind) ?? [], use]);
  }
  return {
    needs: Array.from(kinds)
      .flatMap(([kind, own]) => needsOfKind(kind, own, places)),
    heldBack,
  };
}
