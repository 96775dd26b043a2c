import { MANIFEST_FILE } from "../base/manifest_file.ts";
import type { Problem } from "../base/errors.ts";
import {
  isAbsolutePath,
  isWindowsPath,
  normalizePath,
  resolvePath,
} from "../base/path.ts";
import { quote } from "../base/text.ts";
import { fromFileUrl, toFileUrl } from "../base/file_url.ts";
import { sourceProblem } from "./found_plugin.ts";

export type SourceLocation =
  /** A directory, or a `plugin.json`, of this machine. */
  | { readonly kind: "file"; readonly url: URL }
  /** A `plugin.json` on a server. */
  | { readonly kind: "remote"; readonly url: URL }
  /** A package of JSR or npm, without an export key. */
  | { readonly kind: "package"; readonly specifier: string };

export type SourceResult =
  | { readonly ok: true; readonly location: SourceLocation }
  | { readonly ok: false; readonly problem: Problem };

// One letter before the colon is a Windows drive.
const SCHEME_REGEXP = /^([A-Za-z][A-Za-z0-9+.-]+):/;
const PACKAGE_REGEXP =
  /^(?:jsr:\/?@[^/@\s]+\/[^/@\s]+|npm:\/?(?:@[^/@\s]+\/)?[^/@\s]+)(?:@[^/\s]+)?$/;
const LOOPBACK_REGEXP = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const WHAT_TO_WRITE =
  "Write a path, an https: URL, or a jsr: or npm: specifier";

function shownUrl(text: string): string {
  const url = new URL(text);
  const hasCredential = url.username !== "" || url.password !== "";
  if (!hasCredential && url.search === "") return text;
  if (hasCredential) {
    url.username = "***";
    url.password = "";
  }
  // A signed URL has its key in the query.
  if (url.search !== "") url.search = "?***";
  return url.href;
}

/** Masks what may be secret in a source: the user and the query of a URL. */
export function shownSource(source: string | URL): string {
  const text = String(source);
  return /^https?:/i.test(text) && URL.canParse(text)
    ? shownUrl(text)
    : text.replace(/^([A-Za-z][A-Za-z0-9+.-]+:[\\/]*)[^\\/]*@/, (all, start) =>
      /^(?:jsr|npm|file):/i.test(all) ? all : `${start}***@`);
}

function refuseSource(
  source: string,
  fault: string,
  remedy: string,
): SourceResult {
  return {
    ok: false,
    problem: sourceProblem(shownSource(source), fault, remedy),
  };
}

function parsePackage(source: string): SourceResult {
  const specifier = source.endsWith(`/${MANIFEST_FILE}`)
    ? source.slice(0, -MANIFEST_FILE.length - 1)
    : source;
  if (!PACKAGE_REGEXP.test(specifier)) {
    return refuseSource(
      source,
      "it does not name a package",
      "Write e.g. jsr:@scope/name@^1.0.0 or npm:name@^1.0.0, without a path",
    );
  }
  return { ok: true, location: { kind: "package", specifier } };
}

function parseRemote(source: string): SourceResult {
  const url = new URL(source);
  if (url.username !== "" || url.password !== "") {
    return refuseSource(
      source,
      "the URL contains a credential",
      "Take the user and password out, and set DENO_AUTH_TOKENS instead",
    );
  }
  // As in browsers: nobody can tamper with loopback.
  if (url.protocol === "http:" && !LOOPBACK_REGEXP.test(url.hostname)) {
    return refuseSource(
      source,
      "http: can be tampered with",
      "Use an https: URL",
    );
  }
  url.hash = "";
  if (!url.pathname.endsWith(".json")) {
    if (!url.pathname.endsWith("/")) url.pathname += "/";
    url.pathname += MANIFEST_FILE;
  }
  return { ok: true, location: { kind: "remote", url } };
}

function parsePath(source: string, path: string): SourceResult {
  // No file system accepts a NUL, and no URL a lone surrogate.
  if (path.includes("\0") || !path.isWellFormed()) {
    return refuseSource(source, "it is not a path", WHAT_TO_WRITE);
  }
  try {
    return { ok: true, location: { kind: "file", url: toFileUrl(path) } };
  } catch {
    // The server of a share is not a host name.
    return refuseSource(source, "it is not a path", WHAT_TO_WRITE);
  }
}

function parseLocal(source: string, directory: string): SourceResult {
  if (isWindowsPath(source) && !isWindowsPath(directory)) {
    return refuseSource(
      source,
      "it is a Windows path",
      "Write a path of this machine, with ./ before it when it is relative",
    );
  }
  return parsePath(source, resolvePath(source, directory));
}

function parseFileUrl(source: string, directory: string): SourceResult {
  const isWindows = isWindowsPath(directory);
  const url = new URL(source);
  // "file:plugins" would be "/plugins", whatever the working directory is.
  if (!/^file:[\\/]{2}/i.test(source) || (url.host !== "" && !isWindows)) {
    return refuseSource(
      source,
      "it is not a complete file: URL of this machine",
      "Write file:// and an absolute path, or the path alone",
    );
  }
  try {
    return parsePath(source, normalizePath(fromFileUrl(url, isWindows)));
  } catch {
    return refuseSource(source, "it is not a path", WHAT_TO_WRITE);
  }
}

/**
 * Parses a source: a directory, a `plugin.json`, a `file:` or `https:` URL, or a
 * `jsr:` or `npm:` specifier. `http:` is accepted for loopback alone. A URL that
 * does not end in `.json` names the directory of a `plugin.json`.
 *
 * @param directory Absolute; relative paths are relative to it.
 */
export function parseSource(
  source: string | URL,
  directory: string,
): SourceResult {
  const text = String(source);
  if (text.trim() === "") {
    return refuseSource(text, "it is empty", WHAT_TO_WRITE);
  }
  const scheme = SCHEME_REGEXP.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || isAbsolutePath(text)) {
    return parseLocal(text, directory);
  }
  if (scheme === "jsr" || scheme === "npm") return parsePackage(text);
  if (!["file", "https", "http"].includes(scheme) || !URL.canParse(text)) {
    return refuseSource(
      text,
      `${quote(scheme + ":")} is not something plugins come from`,
      WHAT_TO_WRITE,
    );
  }
  return scheme === "file" ? parseFileUrl(text, directory) : parseRemote(text);
}
