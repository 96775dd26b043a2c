/** Converts a `file:` URL to a path without a trailing slash. */
export function fromFileUrl(url: URL): string {
  const path = decodeURIComponent(url.pathname).replace(/\/+$/, "");
  return Deno.build.os === "windows" ? path.slice(1) : path;
}
