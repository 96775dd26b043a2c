/** Finds where a path leads to. */

import { normalizePath, pathAndParents } from "../base/path.ts";

/** The place that a path leads to, or the reason why that is not known. */
export type Place =
  | { readonly kind: "known"; readonly path: string }
  | { readonly kind: "unknown"; readonly fault: string };

/** Finds the place of a normal absolute path. `isRoot` is true for granted paths. */
export type FindPlace = (
  path: string,
  isRoot: (path: string) => boolean,
) => Place;

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.NotFound ||
    thrown instanceof Deno.errors.NotADirectory;
}

/** Tests if nothing is there, not even a link that leads nowhere. */
function isFree(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return false;
  } catch (thrown) {
    if (isMissing(thrown)) return true;
    throw thrown;
  }
}

/** Tests if a path is a symbolic link. */
export function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

function known(path: string): Place {
  return { kind: "known", path: normalizePath(path) };
}

/**
 * Resolves the symbolic links in a path. Of what is missing, it resolves the
 * parent, but looks no higher than a granted path: the host may not be allowed to.
 *
 * Requires `read` permission for the path.
 */
export function findPlace(
  path: string,
  isRoot: (path: string) => boolean,
): Place {
  try {
    for (const place of pathAndParents(path)) {
      try {
        const rest = path.slice(place.length);
        return known(`${Deno.realPathSync(place)}/${rest}`);
      } catch (thrown) {
        if (!isMissing(thrown)) throw thrown;
      }
      if (!isFree(place)) {
        return { kind: "unknown", fault: "it is a link that leads nowhere" };
      }
      if (isRoot(place)) break;
    }
    return known(path);
  } catch (thrown) {
    return {
      kind: "unknown",
      fault: thrown instanceof Deno.errors.NotCapable
        ? "the host may not look where it leads"
        : "the host cannot find out where it leads",
    };
  }
}
