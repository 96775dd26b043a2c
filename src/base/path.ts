/**
 * Paths as Deno compares them: by their text, without asking the disk.
 *
 * Deno resolves no symbolic link for this, neither in what is granted nor in
 * what is asked for: a grant is for a place, not for what lies there.
 *
 * @module
 */

const TO_RESOLVE_REGEXP = /\/\.{0,2}(?:\/|$)/;
const DRIVE_REGEXP = /^[A-Za-z]:[\\/]/;
const WINDOWS_ABSOLUTE_REGEXP = /^(?:[A-Za-z]:[\\/]|[\\/]{2}[^\\/])/;
const WINDOWS_ROOT_REGEXP =
  /^(?:[A-Za-z]:|[\\/]{2}[^\\/]+[\\/]+[^\\/]+|[\\/]{2}[^\\/]+)[\\/]*/;

/**
 * Whether a path is one of Windows by its looks: a drive or two backslashes.
 *
 * @param path An absolute path.
 * @returns True for `C:\x`, `C:/x` and `\\server\share`.
 */
export function isWindowsPath(path: string): boolean {
  return WINDOWS_ABSOLUTE_REGEXP.test(path) && !path.startsWith("//");
}

/**
 * Whether a path says all by itself where it is.
 *
 * @param path The path.
 * @returns True for `/x`, `C:\x`, `C:/x` and `\\server\share`.
 */
export function isAbsolutePath(path: string): boolean {
  return path.startsWith("/") || isWindowsPath(path);
}

function resolveDots(segments: readonly string[]): string[] {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return kept;
}

/**
 * Takes the separators off the end of a path. A pattern for that looks at each
 * run of them again and again.
 *
 * @param path The path.
 * @returns The path without slashes and backslashes at its end.
 */
export function withoutSeparators(path: string): string {
  let end = path.length;
  while (/[\\/]/.test(path.charAt(end - 1))) end--;
  return path.slice(0, end);
}

/**
 * Takes `.`, `..` and doubled or trailing slashes out of an absolute path.
 *
 * @param path An absolute path.
 * @returns The same place, written the one way that stands for it.
 */
export function normalizePath(path: string): string {
  if (!isWindowsPath(path)) {
    return path.startsWith("/") && !TO_RESOLVE_REGEXP.test(path)
      ? path
      : `/${resolveDots(path.split("/")).join("/")}`;
  }
  // \\?\C:\x is C:\x to Deno as well.
  const plain = path.replace(/^\\\\\?\\(?=[A-Za-z]:\\)/, "");
  const root = WINDOWS_ROOT_REGEXP.exec(plain)?.[0] ?? "";
  const rest = resolveDots(plain.slice(root.length).split(/[\\/]+/));
  const head = DRIVE_REGEXP.test(plain)
    ? `${plain.charAt(0).toUpperCase()}:`
    : withoutSeparators(root).replaceAll("/", "\\");
  return `${head}\\${rest.join("\\")}`;
}

/**
 * Makes a path absolute and normal.
 *
 * @param path An absolute path, or one relative to the directory.
 * @param directory An absolute directory.
 * @returns The absolute path in its normal form.
 */
export function resolvePath(path: string, directory: string): string {
  if (!isWindowsPath(directory)) {
    if (isAbsolutePath(path)) return normalizePath(path);
    const rest = path.startsWith("./") ? path.slice(2) : path;
    return normalizePath(`${directory}/${rest}`);
  }
  if (isWindowsPath(path)) return normalizePath(path);
  // On Windows "/x" lies on the drive of the directory it is written for.
  const root = WINDOWS_ROOT_REGEXP.exec(directory)?.[0] ?? "";
  return normalizePath(
    /^[\\/]/.test(path) ? `${root}\\${path}` : `${directory}\\${path}`,
  );
}

/**
 * What a path is compared by: Windows takes upper and lower case for the same.
 *
 * @param path A path in normal form.
 * @returns The path, in lower case when it is one of Windows.
 */
export function comparablePath(path: string): string {
  return isWindowsPath(path)
    ? path.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    : path;
}

/** A path in normal form, taken apart. */
export type PathParts = Readonly<{
  /** `/`, a drive, or the server and share of a network path. */
  root: string;
  /** The rest, without a separator at its ends. */
  rest: string;
  /** The character between two of its parts. */
  separator: string;
}>;

/**
 * Takes the root off a path.
 *
 * @param path A path in normal form.
 * @returns Its root and the rest.
 */
export function splitRoot(path: string): PathParts {
  const isWindows = isWindowsPath(path);
  const root = isWindows ? WINDOWS_ROOT_REGEXP.exec(path)?.[0] ?? path : "/";
  return {
    root,
    rest: path.slice(root.length),
    separator: isWindows ? "\\" : "/",
  };
}

/**
 * The directories that a path lies in.
 *
 * @param path A path in normal form.
 * @returns The path itself, its parent, and so on up to the root.
 */
export function pathAndParents(path: string): readonly string[] {
  const { root, separator } = splitRoot(path);
  const places = [path];
  let place = path;
  while (place.length > root.length) {
    const cut = place.lastIndexOf(separator);
    place = cut < root.length ? root : place.slice(0, cut);
    places.push(place);
  }
  return places;
}
