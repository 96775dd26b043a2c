/** Paths, file URLs, and the files that they name. */

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

// `@std/path` does the same in some thirty modules, which every host would load
// at its start.

// A path of a URL may contain what `encodeURIComponent` leaves as it is, and the
// colon of a drive.
function encode(segment: string): string {
  return encodeURIComponent(segment).replaceAll("%3A", ":");
}

// Most paths need no encoding.
const PLAIN_PATH_REGEXP = /^[\w./-]*$/;

/** Returns the `file:` URL of an absolute path without `.` and `..` as text. */
export function toFileHref(path: string): string {
  if (isWindowsPath(path)) return toFileUrl(path).href;
  const encoded = PLAIN_PATH_REGEXP.test(path)
    ? path
    : path.split("/").map(encode).join("/");
  return `file://${encoded}`;
}

/** Returns the `file:` URL of an absolute path without `.` and `..`. */
export function toFileUrl(path: string): URL {
  if (!isWindowsPath(path)) return new URL(toFileHref(path));
  const segments = path.split(/[\\/]+/).map(encode).join("/");
  // The host of the URL is the server of a Windows share.
  return new URL(
    path.startsWith("\\\\") ? `file:/${segments}` : `file:///${segments}`,
  );
}

/** Returns the path of a `file:` URL. Throws a `URIError` when its encoding is invalid. */
export function fromFileUrl(
  url: URL,
  isWindows: boolean = Deno.build.os === "windows",
): string {
  if (!isWindows) return decodeURIComponent(url.pathname);
  const path = decodeURIComponent(url.pathname).replaceAll("/", "\\");
  return url.hostname === ""
    ? path.replace(/^\\+(?=[A-Za-z]:)/, "")
    : `\\\\${url.hostname}${path}`;
}

/** The size and times of a file, as the system returns them. */
export type FileTimes = Partial<
  Pick<Deno.FileInfo, "size" | "mtime" | "ctime" | "ino">
>;

/** Identifies the content of a file without reading it. */
export interface FileStamp {
  readonly text: string;
  /** True if every later change is certain to give the file another stamp. */
  readonly isSettled: boolean;
}

// The coarsest file system counts in steps of two seconds: a file that was just
// written can be written again with the same times.
const SETTLED_AFTER = 2_000;

/** Makes the stamp of a file. Call `stat` before the file is read. */
export function stampFile({ size, mtime, ctime, ino }: FileTimes): FileStamp {
  const modified = mtime?.getTime();
  // A program can set `mtime` back, and nobody `ctime`.
  const changed = ctime?.getTime();
  return {
    text: `${size} ${modified} ${changed} ${ino}`,
    isSettled: modified !== undefined && changed !== undefined &&
      Math.max(modified, changed) < Date.now() - SETTLED_AFTER,
  };
}

/** A directory, package or server path with this file is a plugin. */
export const MANIFEST_FILE = "plugin.json";

// Most files that are read synchronously are shorter.
const FIRST_BYTES = 1_024;
// An asynchronous read costs far more than the memory.
const FIRST_BYTES_ASYNC = 65_536;

/** Yields the buffer to fill next, takes the number of bytes that filled it, and returns all of them. */
function* readUpTo(
  limit: number,
  first: number,
): Generator<Uint8Array, Uint8Array, number | null> {
  let buffer = new Uint8Array(Math.min(first, limit));
  let length = 0;
  while (length < limit) {
    if (length === buffer.length) {
      const larger = new Uint8Array(Math.min(buffer.length * 4, limit));
      larger.set(buffer);
      buffer = larger;
    }
    const count = yield buffer.subarray(length);
    if (count === null) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

/** Reads at most `limit` bytes. Needs `read` permission. */
export function readFileStart(path: string | URL, limit: number): Uint8Array {
  const file = Deno.openSync(path);
  try {
    const reading = readUpTo(limit, FIRST_BYTES);
    let step = reading.next();
    while (!step.done) step = reading.next(file.readSync(step.value));
    return step.value;
  } finally {
    file.close();
  }
}

/** Reads at most `limit` bytes of an open file. */
export async function readOpenFile(
  file: Pick<Deno.FsFile, "read">,
  limit: number,
): Promise<Uint8Array> {
  const reading = readUpTo(limit, FIRST_BYTES_ASYNC);
  let step = reading.next();
  while (!step.done) step = reading.next(await file.read(step.value));
  return step.value;
}

/**
 * Reads a regular file. Opening a pipe waits for a writer, and a device may
 * never end, so both return `undefined`. A file over the limit returns one byte
 * more than the limit.
 */
export function readFileBytes(
  path: string | URL,
  limit: number,
): Uint8Array | undefined {
  return Deno.statSync(path).isFile
    ? readFileStart(path, limit + 1)
    : undefined;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Decodes what {@linkcode readFileBytes} returned as UTF-8 text without NUL, or names the fault. */
export function decodeFileText(
  bytes: Uint8Array | undefined,
  limit: number,
): Readonly<{ text: string } | { fault: string }> {
  if (bytes === undefined) return { fault: "is not a regular file" };
  if (bytes.length > limit) return { fault: `is larger than ${limit} bytes` };
  try {
    const text = UTF8.decode(bytes);
    if (!text.includes("\0")) return { text };
  } catch {
    // The error says nothing more, and the bytes may be a secret.
  }
  return { fault: "is not text in UTF-8" };
}

/** Tests if two files have the same content. */
export function haveSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  // A loop takes a tenth of the time of `every`, and this runs for each plugin.
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index]) return false;
  }
  return true;
}
