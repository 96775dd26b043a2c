/** Refuses requests that come through another name, or from another site. */

import { PageFault } from "./page_fault.ts";

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/**
 * Refuses a request for a name that nobody listed: another site may point its own
 * name to this machine (DNS rebinding).
 */
export function checkHost(url: URL, origins: readonly string[]): void {
  if (isLoopback(url.hostname)) return;
  if (origins.some((origin) => new URL(origin).host === url.host)) return;
  throw new PageFault(
    421,
    "This page is not served under this name",
    "Open it on the machine itself as http://localhost, or list its address in " +
      "the option origins of createPage()",
  );
}

function isOwnOrigin(
  origin: string,
  url: URL,
  origins: readonly string[],
): boolean {
  if (origins.length > 0) return origins.includes(origin);
  const from = URL.parse(origin);
  // A server in front may speak TLS; the host tells the sites apart.
  return from !== null && isLoopback(from.hostname) && from.host === url.host;
}

function fromElsewhere(): PageFault {
  return new PageFault(
    403,
    "This request did not come from the page itself",
    "Open the page, and do it there. Behind a proxy, list the page's address in " +
      "the option origins of createPage()",
  );
}

/**
 * Refuses a change that a browser did not send from the page itself. Fails
 * closed: a browser that sends neither header is refused.
 */
export function checkOrigin(
  request: Request,
  url: URL,
  origins: readonly string[],
): void {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  if (site !== null && site !== "same-origin") throw fromElsewhere();
  if (origin === null ? site === null : !isOwnOrigin(origin, url, origins)) {
    throw fromElsewhere();
  }
}

/** True if browsers must send the cookie through TLS only. */
export function isSecure(url: URL, origins: readonly string[]): boolean {
  if (url.protocol === "https:") return true;
  return origins.length > 0 &&
    origins.every((origin) => origin.startsWith("https:"));
}

/** The cookie of a port: browsers do not keep those of two ports apart. */
export function cookieName(url: URL): string {
  return `plugins_page_${url.port === "" ? "0" : url.port}`;
}

export function readCookie(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at !== -1 && pair.slice(0, at).trim() === name) {
      return pair.slice(at + 1).trim();
    }
  }
  return undefined;
}
