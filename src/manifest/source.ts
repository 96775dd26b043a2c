/**
 * Where plugins come from, read from what a host wrote. Pure.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import { isAbsolutePath, resolvePath } from "../permissions/permission_path.ts";
import { quote } from "../text.ts";
import { toFileUrl } from "./file_url.ts";

/** A source, understood. */
export type SourceLocation =
  /** A directory, or a `plugin.json`, of this machine. */
  | { readonly kind: "file"; readonly url: URL }
  /** A `plugin.json` on a server. */
  | { readonly kind: "remote"; readonly url: URL }
  /** A package of JSR or npm, without an export key. */
  | { readonly kind: "package"; readonly specifier: string };

/** What {@linkcode parseSource} makes of a source. */
export type SourceResult =
  | { readonly ok: true; readonly location: SourceLocation }
  | { readonly ok: false; readonly problem: Problem };

/** The file that makes a directory, a package or a path on a server a plugin. */
export const MANIFEST_FILE = "plugin.json";

// One letter before the colon is a drive of Windows.
const SCHEME_REGEXP = /^([A-Za-z][A-Za-z0-9+.-]+):/;
const PACKAGE_REGEXP =
  /^(?:jsr:\/?@[^/@\s]+\/[^/@\s]+|npm:\/?(?:@[^/@\s]+\/)?[^/@\s]+)(?:@[^/\s]+)?$/;
const LOOPBACK_REGEXP = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function refuse(message: string, remedy: string): SourceResult {
  return {
    ok: false,
    problem: Object.freeze({
      code: "PLUGIN_SOURCE_UNREADABLE",
      message,
      remedy,
    }),
  };
}

function parsePackage(source: string): SourceResult {
  const specifier = source.endsWith(`/${MANIFEST_FILE}`)
    ? source.slice(0, -MANIFEST_FILE.length - 1)
    : source;
  if (!PACKAGE_REGEXP.test(specifier)) {
    return refuse(
      `Cannot read source ${quote(source)}: it does not name a package`,
      "Write e.g. jsr:@scope/name@^1.0.0 or npm:name@^1.0.0, without a path",
    );
  }
  return { ok: true, location: { kind: "package", specifier } };
}

function parseRemote(url: URL): SourceResult {
  // As browsers see it: loopback cannot be tampered with on the way.
  if (url.protocol === "http:" && !LOOPBACK_REGEXP.test(url.hostname)) {
    return refuse(
      `Cannot read source ${quote(url.href)}: http: can be tampered with`,
      "Use an https: URL",
    );
  }
  if (url.username !== "" || url.password !== "") {
    return refuse(
      `Cannot read source at ${quote(url.host)}: the URL holds a credential`,
      "Take the user and password out, and set DENO_AUTH_TOKENS instead",
    );
  }
  const manifest = new URL(url);
  manifest.hash = "";
  if (!manifest.pathname.endsWith(".json")) {
    if (!manifest.pathname.endsWith("/")) manifest.pathname += "/";
    manifest.pathname += MANIFEST_FILE;
  }
  return { ok: true, location: { kind: "remote", url: manifest } };
}

/**
 * Understands a source: a directory, a `plugin.json`, a `file:` or `https:` URL,
 * or a `jsr:` or `npm:` specifier.
 *
 * `http:` is taken for a server on loopback alone. A URL that does not end
 * in `.json` names the directory of a `plugin.json`.
 *
 * @param source The source as the host wrote it.
 * @param directory What relative paths are relative to, absolute.
 * @returns The location, or why it is none.
 */
export function parseSource(
  source: string | URL,
  directory: string,
): SourceResult {
  const text = String(source);
  if (text.trim() === "" || text.includes("\0")) {
    return refuse(
      `Cannot read source ${quote(text)}: it is not a path, URL or specifier`,
      "Write a path, an https: URL, or a jsr: or npm: specifier",
    );
  }
  const scheme = SCHEME_REGEXP.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || isAbsolutePath(text)) {
    const url = toFileUrl(resolvePath(text, directory));
    return { ok: true, location: { kind: "file", url } };
  }
  if (scheme === "jsr" || scheme === "npm") return parsePackage(text);
  if (!["file", "https", "http"].includes(scheme) || !URL.canParse(text)) {
    return refuse(
      `Cannot read source ${quote(text)}: ${quote(scheme + ":")} is not ` +
        "something plugins come from",
      "Write a path, an https: URL, or a jsr: or npm: specifier",
    );
  }
  const url = new URL(text);
  return scheme === "file"
    ? { ok: true, location: { kind: "file", url } }
    : parseRemote(url);
}
