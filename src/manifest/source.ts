import type { Problem } from "../base/errors.ts";
import {
  fromFileUrl,
  isAbsolutePath,
  isWindowsPath,
  MANIFEST_FILE,
  normalizePath,
  resolvePath,
  toFileUrl,
} from "../base/path.ts";
import { quote } from "../base/text.ts";
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

type Parsed = SourceLocation | {
  readonly fault: string;
  readonly remedy: string;
};

const REMEDY = "Write a path, an https: URL, or a jsr: or npm: specifier";
const NOT_A_PATH = { fault: "it is not a path", remedy: REMEDY };

function parsePackage(source: string): Parsed {
  const specifier = source.endsWith(`/${MANIFEST_FILE}`)
    ? source.slice(0, -MANIFEST_FILE.length - 1)
    : source;
  return PACKAGE_REGEXP.test(specifier) ? { kind: "package", specifier } : {
    fault: "it does not name a package",
    remedy:
      "Write e.g. jsr:@scope/name@^1.0.0 or npm:name@^1.0.0, without a path",
  };
}

function parseRemote(url: URL): Parsed {
  if (url.username !== "" || url.password !== "") {
    return {
      fault: "the URL contains a credential",
      remedy: "Remove the user and password, and set DENO_AUTH_TOKENS instead",
    };
  }
  // As in browsers: nobody can tamper with loopback.
  if (url.protocol === "http:" && !LOOPBACK_REGEXP.test(url.hostname)) {
    return {
      fault: "http: can be tampered with",
      remedy: "Use an https: URL",
    };
  }
  url.hash = "";
  if (!url.pathname.endsWith(".json")) {
    if (!url.pathname.endsWith("/")) url.pathname += "/";
    url.pathname += MANIFEST_FILE;
  }
  return { kind: "remote", url };
}

function parsePath(path: string): Parsed {
  // No file system accepts a NUL, and no URL a lone surrogate.
  if (path.includes("\0") || !path.isWellFormed()) return NOT_A_PATH;
  try {
    return { kind: "file", url: toFileUrl(path) };
  } catch {
    // The server of a share is not a host name.
    return NOT_A_PATH;
  }
}

function parseLocal(source: string, directory: string): Parsed {
  return !isWindowsPath(source) || isWindowsPath(directory)
    ? parsePath(resolvePath(source, directory))
    : {
      fault: "it is a Windows path",
      remedy:
        "Write a path of this machine, with ./ before it when it is relative",
    };
}

function parseFileUrl(source: string, directory: string): Parsed {
  const isWindows = isWindowsPath(directory);
  const url = new URL(source);
  // "file:plugins" would be "/plugins", whatever the working directory is.
  if (!/^file:[\\/]{2}/i.test(source) || (url.host !== "" && !isWindows)) {
    return {
      fault: "it is not a complete file: URL of this machine",
      remedy: "Write file:// and an absolute path, or the path alone",
    };
  }
  try {
    return parsePath(normalizePath(fromFileUrl(url, isWindows)));
  } catch {
    return NOT_A_PATH;
  }
}

function parseText(source: string, directory: string): Parsed {
  if (source.trim() === "") return { fault: "it is empty", remedy: REMEDY };
  const scheme = SCHEME_REGEXP.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined || isAbsolutePath(source)) {
    return parseLocal(source, directory);
  }
  if (scheme === "jsr" || scheme === "npm") return parsePackage(source);
  if (URL.canParse(source)) {
    if (scheme === "file") return parseFileUrl(source, directory);
    if (/^https?$/.test(scheme)) return parseRemote(new URL(source));
  }
  return {
    fault: `${quote(scheme + ":")} is not something plugins come from`,
    remedy: REMEDY,
  };
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
  const parsed = parseText(String(source), directory);
  if (!("fault" in parsed)) return { ok: true, location: parsed };
  const { fault, remedy } = parsed;
  const problem = sourceProblem(shownSource(source), fault, remedy);
  return { ok: false, problem };
}
