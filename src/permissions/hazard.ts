/**
 * What a hazard is, and the places that a grant of a path may reach.
 *
 * @module
 */

import { CoverIndex, coverKey } from "./cover_index.ts";
import { isAbsolutePath, normalizePath } from "../base/path.ts";
import type { PermissionEntry, PermissionKind } from "./permission_set.ts";

/**
 * How bad a permission is in the wrong hands.
 *
 * - `"critical"`: as good as every permission, for whoever means to use it so;
 * - `"high"`: reaches secrets, or what decides about the plugin itself;
 * - `"medium"`: reaches more than most plugins need;
 * - `"low"`: worth knowing.
 */
export type HazardLevel = "critical" | "high" | "medium" | "low";

/** The levels, the worst first. */
export const HAZARD_LEVELS: readonly HazardLevel[] = Object.freeze([
  "critical",
  "high",
  "medium",
  "low",
]);

/** A permission that is more dangerous than it looks. */
export type Hazard = Readonly<{
  /** How bad it is. */
  level: HazardLevel;
  /** Its kind. */
  kind: PermissionKind;
  /** The permission. */
  entry: PermissionEntry;
  /** Why it is dangerous, in one line that reads after its name. */
  reason: string;
  /** What a person can do about it, in one line. */
  remedy: string;
}>;

/** What lies where on the machine that a set is judged for. */
export interface HazardContext {
  /** The absolute directory of the plugin's own files. */
  readonly ownDirectory?: string | undefined;
  /** The absolute private data directory of the plugin, which it may write. */
  readonly dataDirectory?: string | undefined;
  /** The absolute directory of the host's code. */
  readonly hostDirectory?: string | undefined;
  /** The absolute path of the file that stores what is enabled. */
  readonly stateFile?: string | undefined;
  /** The absolute path of the audit file. */
  readonly auditFile?: string | undefined;
  /** The absolute directory of Deno's cache, `DENO_DIR`. */
  readonly denoDirectory?: string | undefined;
  /** The absolute home directory of the user. */
  readonly homeDirectory?: string | undefined;
  /** The absolute paths of programs that the process may run, and of Deno. */
  readonly programs?: readonly string[] | undefined;
  /** The absolute directories that programs are looked up in: `PATH`. */
  readonly searchPath?: readonly string[] | undefined;
}

/** Finds the hazards of one permission. */
export type HazardRule = (
  entry: PermissionEntry,
  context: HazardContext,
) => readonly Hazard[];

/**
 * Makes a hazard.
 *
 * @param level How bad it is.
 * @param entry The permission.
 * @param reason Why it is dangerous.
 * @param remedy What a person can do about it.
 * @returns The hazard, frozen.
 */
export function hazard(
  level: HazardLevel,
  entry: PermissionEntry,
  reason: string,
  remedy: string,
): Hazard {
  return Object.freeze({ level, kind: entry.kind, entry, reason, remedy });
}

/**
 * How a grant of a path stands to a place.
 *
 * @param granted A path in normal form; `undefined` is the whole kind.
 * @param place An absolute path.
 * @returns `"covers"` when the place and all below it is granted, `"within"`
 * when something below it is, otherwise `"apart"`.
 */
export function reach(
  granted: string | undefined,
  place: string,
): "covers" | "within" | "apart" {
  if (granted === undefined) return "covers";
  if (!isAbsolutePath(place)) return "apart";
  const one = coverKey("read", granted);
  const other = coverKey("read", normalizePath(place));
  if (one.group !== other.group) return "apart";
  if (other.key.startsWith(one.key)) return "covers";
  return one.key.startsWith(other.key) ? "within" : "apart";
}

// A set is judged entry by entry, by the same places.
const INDEXES = new WeakMap<readonly unknown[], CoverIndex>();

function indexOf(places: readonly (string | undefined)[]): CoverIndex {
  const known = INDEXES.get(places);
  if (known !== undefined) return known;
  const keys = places.flatMap((place) =>
    place !== undefined && isAbsolutePath(place)
      ? [coverKey("read", normalizePath(place))]
      : []
  );
  const index = new CoverIndex(keys);
  INDEXES.set(places, index);
  return index;
}

/**
 * Tests if a grant of a path reaches one of several places, or lies in one.
 *
 * @param granted A path in normal form; `undefined` is the whole kind.
 * @param places Absolute paths; the list must not change.
 * @returns True unless the grant is apart from all of them.
 */
export function reachesAny(
  granted: string | undefined,
  places: readonly (string | undefined)[],
): boolean {
  if (granted === undefined) return places.length > 0;
  return indexOf(places).touches(coverKey("read", granted));
}

// Everybody's, as far as a path shows it: /home/me, /Users/me, C:\Users\me.
const HOME_REGEXP =
  /^(?:\/root|\/(?:home|Users)\/[^/]+|[A-Za-z]:\\Users\\[^\\]+)(?=[\\/]|$)/i;
const SOMEBODY = ["/root", "/home/somebody", "/Users/somebody"];

/**
 * The homes that a grant may reach.
 *
 * @param granted A path in normal form; `undefined` is the whole kind.
 * @param known The home directory, where it is known.
 * @returns Absolute directories.
 */
export function homesFor(
  granted: string | undefined,
  known: string | undefined,
): readonly string[] {
  const [seen] = HOME_REGEXP.exec(granted ?? "") ?? [];
  const homes = [known, seen].filter((home) => home !== undefined);
  // A grant of /home or of / reaches homes that it does not name.
  return homes.length > 0 ? homes : SOMEBODY;
}

/**
 * A place below a home.
 *
 * @param home An absolute directory.
 * @param path A path below it, with slashes.
 * @returns The absolute path, in the style of the home.
 */
export function below(home: string, path: string): string {
  return normalizePath(`${home}/${path}`);
}
