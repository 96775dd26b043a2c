/**
 * Paths of `file:` URLs.
 *
 * @module
 */

/**
 * The path of a `file:` URL.
 *
 * @param url The URL.
 * @returns The path, without a slash at its end.
 */
export function fromFileUrl(url: URL): string {
  const path = decodeURIComponent(url.pathname).replace(/\/+$/, "");
  return Deno.build.os === "windows" ? path.slice(1) : path;
}
