/**
 * Between paths and `file:` URLs, of POSIX and of Windows. Pure.
 *
 * `@std/path` does the same; it is some thirty modules that every host would
 * load at its start for these two functions.
 *
 * @module
 */

import { isWindowsPath } from "../permissions/permission_path.ts";

// What `encodeURIComponent` leaves out is legal in a path of a URL as it is;
// a colon is too, and a drive needs it.
function encode(segment: string): string {
  return encodeURIComponent(segment).replaceAll("%3A", ":");
}

/**
 * The `file:` URL of a path.
 *
 * @param path An absolute path without `.` and `..`.
 * @returns The URL.
 */
export function toFileUrl(path: string): URL {
  if (!isWindowsPath(path)) {
    return new URL(`file://${path.split("/").map(encode).join("/")}`);
  }
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

/**
 * The last part of a path.
 *
 * @param path An absolute path without a slash at its end.
 * @returns Its name.
 */
export function fileName(path: string): string {
  const separator = isWindowsPath(path) ? /[\\/]/ : "/";
  return path.split(separator).at(-1) ?? "";
}
