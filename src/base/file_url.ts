import { isWindowsPath } from "./path.ts";

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
