/**
 * Between paths and `file:` URLs, of POSIX and of Windows. Pure.
 *
 * `@std/path` does the same; it is some thirty modules that every host would
 * load at its start for these few functions.
 *
 * @module
 */

import { isWindowsPath } from "./path.ts";

// What `encodeURIComponent` leaves out is legal in a path of a URL as it is;
// a colon is too, and a drive needs it.
function encode(segment: string): string {
  return encodeURIComponent(segment).replaceAll("%3A", ":");
}

// Most paths hold nothing that has to be encoded.
const PLAIN_PATH_REGEXP = /^[\w./-]*$/;

/**
 * The text of the `file:` URL of a path.
 *
 * @param path An absolute path without `.` and `..`.
 * @returns The URL, as text.
 */
export function toFileHref(path: string): string {
  if (isWindowsPath(path)) return toFileUrl(path).href;
  const encoded = PLAIN_PATH_REGEXP.test(path)
    ? path
    : path.split("/").map(encode).join("/");
  return `file://${encoded}`;
}

/**
 * The `file:` URL of a path.
 *
 * @param path An absolute path without `.` and `..`.
 * @returns The URL.
 */
export function toFileUrl(path: string): URL {
  if (!isWindowsPath(path)) return new URL(toFileHref(path));
  const segments = path.split(/[\\/]+/).map(encode).join("/");
  // A share of Windows has its server's name as the host of the URL.
  return new URL(
    path.startsWith("\\\\") ? `file:/${segments}` : `file:///${segments}`,
  );
}

/**
 * The path of a `file:` URL.
 *
 * @param url The URL.
 * @param isWindows Whether it is one of Windows.
 * @returns The path.
 * @throws {URIError} when the URL is not well encoded.
 */
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

function lastSeparator(path: string): number {
  return isWindowsPath(path)
    ? Math.max(path.lastIndexOf("\\"), path.lastIndexOf("/"))
    : path.lastIndexOf("/");
}

/**
 * The last part of a path.
 *
 * @param path An absolute path without a slash at its end.
 * @returns Its name.
 */
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

/**
 * Finds out whether a file lies in a directory or below it.
 *
 * @param file An absolute path.
 * @param directory The absolute path of the directory.
 * @returns Whether it does.
 */
export function isIn(file: string, directory: string): boolean {
  const separator = isWindowsPath(directory) ? "\\" : "/";
  return file.startsWith(
    directory.endsWith(separator) ? directory : directory + separator,
  );
}
