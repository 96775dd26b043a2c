/**
 * Whether a grant of a path reaches a place, and the places worth asking about.
 *
 * @module
 */

import {
  comparablePath,
  isAbsolutePath,
  normalizePath,
  pathAndParents,
} from "./permission_path.ts";

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
  const one = comparablePath(granted);
  const other = comparablePath(normalizePath(place));
  if (pathAndParents(other).includes(one)) return "covers";
  return pathAndParents(one).includes(other) ? "within" : "apart";
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
