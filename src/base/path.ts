// Deno compares paths by their text and resolves no symbolic links: a permission
// is for a place, whatever is there. These functions do the same.

const TO_RESOLVE_REGEXP = /\/\.{0,2}(?:\/|$)/;
const DRIVE_REGEXP = /^[A-Za-z]:[\\/]/;
const WINDOWS_ABSOLUTE_REGEXP = /^(?:[A-Za-z]:[\\/]|[\\/]{2}[^\\/])/;
const WINDOWS_ROOT_REGEXP =
  /^(?:[A-Za-z]:|[\\/]{2}[^\\/]+[\\/]+[^\\/]+|[\\/]{2}[^\\/]+)[\\/]*/;

/** Tests if an absolute path is a Windows path: `C:\x`, `C:/x` or `\\server\share`. */
export function isWindowsPath(path: string): boolean {
  return WINDOWS_ABSOLUTE_REGEXP.test(path) && !path.startsWith("//");
}

/** Tests if a path is absolute: `/x`, `C:\x`, `C:/x` or `\\server\share`. */
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

/** Removes slashes and backslashes from the end of a path. */
export function trimSeparators(path: string): string {
  // A regular expression would scan every run of separators again and again.
  let end = path.length;
  while (/[\\/]/.test(path.charAt(end - 1))) end--;
  return path.slice(0, end);
}

/** Removes `.`, `..` and duplicate or trailing slashes from an absolute path. */
export function normalizePath(path: string): string {
  if (!isWindowsPath(path)) {
    return path.startsWith("/") && !TO_RESOLVE_REGEXP.test(path)
      ? path
      : `/${resolveDots(path.split("/")).join("/")}`;
  }
  // To Deno, too, \\?\C:\x is C:\x.
  const plain = path.replace(/^\\\\\?\\(?=[A-Za-z]:\\)/, "");
  const root = WINDOWS_ROOT_REGEXP.exec(plain)?.[0] ?? "";
  const rest = resolveDots(plain.slice(root.length).split(/[\\/]+/));
  const head = DRIVE_REGEXP.test(plain)
    ? `${plain.charAt(0).toUpperCase()}:`
    : trimSeparators(root).replaceAll("/", "\\");
  return `${head}\\${rest.join("\\")}`;
}

/** Makes a path absolute, relative to an absolute directory, and normal. */
export function resolvePath(path: string, directory: string): string {
  if (!isWindowsPath(directory)) {
    if (isAbsolutePath(path)) return normalizePath(path);
    const rest = path.startsWith("./") ? path.slice(2) : path;
    return normalizePath(`${directory}/${rest}`);
  }
  if (isWindowsPath(path)) return normalizePath(path);
  // On Windows "/x" is on the drive of the directory.
  const root = WINDOWS_ROOT_REGEXP.exec(directory)?.[0] ?? "";
  return normalizePath(
    /^[\\/]/.test(path) ? `${root}\\${path}` : `${directory}\\${path}`,
  );
}

/** Returns the form that a normal path is compared by: Windows ignores case. */
export function comparablePath(path: string): string {
  return isWindowsPath(path)
    ? path.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    : path;
}

/** The parts of a normal path. */
export type PathParts = Readonly<{
  /** `/`, a drive, or the server and share of a network path. */
  root: string;
  /** The rest, without a separator at its ends. */
  rest: string;
  separator: string;
}>;

/** Splits a normal path into its root and the rest. */
export function splitRoot(path: string): PathParts {
  const isWindows = isWindowsPath(path);
  const root = isWindows ? WINDOWS_ROOT_REGEXP.exec(path)?.[0] ?? path : "/";
  return {
    root,
    rest: path.slice(root.length),
    separator: isWindows ? "\\" : "/",
  };
}

/** Returns a normal path, its parent, and so on up to the root. */
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

function lastSeparator(path: string): number {
  return isWindowsPath(path)
    ? Math.max(path.lastIndexOf("\\"), path.lastIndexOf("/"))
    : path.lastIndexOf("/");
}

/** Returns the last part of an absolute path without a slash at its end. */
export function fileName(path: string): string {
  return path.slice(lastSeparator(path) + 1);
}

/** Returns the path of an entry of an absolute directory. */
export function joinFilePath(directory: string, name: string): string {
  const separator = isWindowsPath(directory) ? "\\" : "/";
  return directory.endsWith(separator)
    ? directory + name
    : directory + separator + name;
}

/** Tests if a file is in a directory or below it. Both paths are absolute. */
export function isIn(file: string, directory: string): boolean {
  const separator = isWindowsPath(directory) ? "\\" : "/";
  return file.startsWith(
    directory.endsWith(separator) ? directory : directory + separator,
  );
}
