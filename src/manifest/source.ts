/** Sources of plugins, and the modules that their manifests name. */

import { isRecord, type Problem } from "../base/errors.ts";
import {
  fromFileUrl,
  isAbsolutePath,
  isIn,
  isWindowsPath,
  joinFilePath,
  MANIFEST_FILE,
  normalizePath,
  resolvePath,
  toFileHref,
  toFileUrl,
} from "../base/path.ts";
import { quote } from "../base/text.ts";
import {
  type FoundPlugin,
  type Manifest,
  manifestProblem,
  MAX_MANIFEST_BYTES,
  missingPermission,
  type ReadPlugin,
  sourceProblem,
  unreadable,
} from "./manifest.ts";
import type { SourceSystem } from "./source_system.ts";

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

const ENTRY_URL_REGEXP = /^[A-Za-z][A-Za-z0-9+.-]*:/;
// deno-lint-ignore no-control-regex
const CONTROL_REGEXP = /[\u0000-\u001f\u007f]/;

function leavesDirectory(entry: string): boolean {
  let depth = 0;
  for (const segment of entry.split("/")) {
    if (segment === "..") depth--;
    else if (segment !== "" && segment !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

// A URL decodes `%2e%2e` to `..` and `%2f` to `/`, a path does not: without the
// percent sign both agree. A path has neither `?` nor `#`, and a URL changes
// spaces at the ends and lone surrogates.
function findFault(entry: string): string | undefined {
  if (ENTRY_URL_REGEXP.test(entry)) return "is a URL";
  if (entry.startsWith("/")) return "is an absolute path";
  if (entry.includes("\\")) return "contains a backslash";
  if (CONTROL_REGEXP.test(entry)) return "contains a control character";
  if (/[%?#]/.test(entry)) return "contains one of % ? #";
  if (entry !== entry.trim()) return "begins or ends with a space";
  if (!entry.isWellFormed()) return "contains half a character";
  if (leavesDirectory(entry)) return "leaves the plugin's directory";
  return undefined;
}

function problemOf(entry: string, fault: string, remedy: string): Problem {
  const message = `The entry ${quote(entry)} ${fault}`;
  return manifestProblem("entry", message, remedy);
}

/** Returns the problem of an `entry`, as far as its text shows one. */
export function entryProblem(entry: string): Problem | undefined {
  const fault = findFault(entry);
  return fault === undefined ? undefined : problemOf(
    entry,
    fault,
    "Write a path inside the plugin's directory, with /, e.g. ./mod.ts",
  );
}

/** A package writes `.` for its default module; in its directory, that is the same. */
function entryFile(entry = "."): string {
  return entry === "." ? "./mod.ts" : entry;
}

/** Returns the module of an `entry`: it is beside the manifest or below. */
export function resolveEntry(entry: string | undefined, manifestUrl: URL): URL {
  // A colon in a file name would be read as a scheme.
  return new URL(`./${entryFile(entry)}`, manifestUrl);
}

/** The place of a manifest on this machine. */
export interface ManifestPlace {
  /** Absolute. */
  readonly directory: string;
  /** The directory without symbolic links, when that is known already. */
  readonly realDirectory?: string | undefined;
  readonly name: string;
}

export type EntryResult =
  | {
    readonly ok: true;
    /** The module, as a `file:` URL without symbolic links. */
    readonly entry: string;
    /** The plugin's directory, without symbolic links. */
    readonly directory: string;
  }
  | { readonly ok: false; readonly problem: Problem };

/** Tests if a path, or a part of it, does not exist. */
export function isAbsence(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.NotFound ||
    thrown instanceof Deno.errors.NotADirectory;
}

function realPath(path: string, system: SourceSystem): string | undefined {
  try {
    return system.realPath(path);
  } catch (thrown) {
    if (isAbsence(thrown)) return undefined;
    throw thrown;
  }
}

// A URL and a path read these names alike.
const PLAIN_ENTRY_REGEXP = /^(?:\.\/)?((?:[\w-][\w.-]*\/)*[\w-][\w.-]*)$/;

function entryPath(entry: string, { directory, name }: ManifestPlace): string {
  const [, plain] = PLAIN_ENTRY_REGEXP.exec(entry) ?? [];
  if (plain !== undefined) return joinFilePath(directory, plain);
  const manifestUrl = toFileUrl(joinFilePath(directory, name));
  return fromFileUrl(resolveEntry(entry, manifestUrl));
}

const PACKAGE_FILES = ["deno.json", "package.json"];

function readExports(file: string, system: SourceSystem): unknown {
  try {
    // The target of a link may not be granted.
    if (!system.lstat(file).isFile) return undefined;
    const bytes = system.readFile(file, MAX_MANIFEST_BYTES);
    const config: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(config) ? config.exports : undefined;
  } catch {
    // There is none, or it is no package that this can read.
    return undefined;
  }
}

/** Finds the file of an export key: in a package's directory, an `entry` may be one. */
function exportedFile(
  entry: string,
  directory: string,
  system: SourceSystem,
): string | undefined {
  const key = entry === "." ? entry : `./${entry.replace(/^\.\//, "")}`;
  for (const name of PACKAGE_FILES) {
    const exports = readExports(joinFilePath(directory, name), system);
    const target = typeof exports === "string"
      ? key === "." ? exports : undefined
      : isRecord(exports) && Object.hasOwn(exports, key)
      ? exports[key]
      : undefined;
    if (typeof target === "string" && findFault(target) === undefined) {
      return target;
    }
  }
  return undefined;
}

/**
 * Finds the module of a manifest. Without symbolic links it must be inside the
 * plugin's directory. Needs `read` permission for that directory, by the path
 * it was found by and by the path without symbolic links.
 */
export function locateEntry(
  source: string,
  manifest: Manifest,
  place: ManifestPlace,
  system: SourceSystem,
): EntryResult {
  const entry = entryFile(manifest.entry);
  const directory = place.realDirectory ?? system.realPath(place.directory);
  // Deno grants paths by their text, and the target of a link is another path.
  // Without a link, the manifest was just read by this path.
  const missing = place.realDirectory === place.directory
    ? undefined
    : missingPermission(source, { kind: "read", value: directory }, system);
  if (missing !== undefined) return { ok: false, problem: missing };
  const isOutside = (file: string) =>
    file !== directory && !isIn(file, directory);
  let path = entryPath(entry, place);
  let file = realPath(path, system);
  if (file === undefined || !isOutside(file) && !system.stat(file).isFile) {
    const target = exportedFile(manifest.entry ?? ".", directory, system);
    if (target !== undefined) {
      path = entryPath(target, place);
      file = realPath(path, system);
    }
  }
  // First of all: what is outside may not be granted.
  if (file !== undefined && isOutside(file)) {
    const problem = problemOf(
      entry,
      "is a link out of the plugin's directory",
      "Put the module itself into the plugin's directory",
    );
    return { ok: false, problem };
  }
  if (file === undefined || !system.stat(file).isFile) {
    // To a process with --ignore-read, the file does not exist.
    const ignored = file === undefined
      ? missingPermission(source, { kind: "read", value: path }, system)
      : undefined;
    const problem = ignored ?? problemOf(
      entry,
      "is not a file in the plugin's directory",
      "Write the path of the plugin's module, relative to its manifest",
    );
    return { ok: false, problem };
  }
  return { ok: true, entry: toFileHref(file), directory };
}

const SPECIFIER_REGEXP = /^(jsr|npm):\/?((?:@[^/@]+\/)?[^/@]+)(?:@[^/]+)?(.*)$/;

/** A package as Deno chose it: its version, and the URL that its modules begin with. */
interface Chosen {
  readonly version: string;
  readonly base: string;
}

/** The `package.json` of an installed package, and the URL of its directory. */
interface NpmPackage {
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly base: string;
}

/** Reads the `package.json` above a module: Deno lets every program import it. */
export async function readNpmPackage(
  name: string,
  module: URL,
  system: SourceSystem,
): Promise<NpmPackage | undefined> {
  // In node_modules the folder is the package; in Deno's cache, the one in it.
  const within = `/${name}/`;
  let directory = new URL("./", module);
  while (decodeURIComponent(directory.pathname).includes(within)) {
    try {
      const found = await system.importJson(`${directory.href}package.json`);
      // A package may have others, e.g. to declare modules in a folder.
      if (isRecord(found) && found.name === name) {
        return { manifest: found, base: directory.href };
      }
    } catch {
      // This folder has none.
    }
    directory = new URL("../", directory);
  }
  return undefined;
}

/** Finds what Deno chose for a package whose manifest it imported. */
async function findChosen(
  name: string,
  manifest: string,
  system: SourceSystem,
): Promise<Chosen | undefined> {
  const module = URL.parse(system.resolve(manifest) ?? "");
  if (module?.protocol === "file:") {
    const found = await readNpmPackage(name, module, system);
    const version = found?.manifest.version;
    return found === undefined || typeof version !== "string"
      ? undefined
      : { version, base: found.base };
  }
  const [start, inside = ""] = module?.href.split(`/${name}/`) ?? [];
  const [version] = /^[^/]+(?=\/)/.exec(inside) ?? [];
  return version === undefined
    ? undefined
    : { version, base: `${start}/${name}/${version}/` };
}

// npm and JSR ignore it when they compare versions.
function withoutBuild(version: string): string {
  return version.replace(/\+.*/, "");
}

/**
 * Adds the version that Deno chose to a plugin from a package. A manifest with
 * another version describes another package: it is a problem. Without a version,
 * e.g. of a workspace member, the plugin stays as it is.
 *
 * @param manifest The specifier that its manifest was imported by.
 */
export async function withPackageVersion(
  plugin: ReadPlugin,
  manifest: string,
  system: SourceSystem,
): Promise<FoundPlugin> {
  const { code, source, manifest: { id, version } } = plugin;
  if (code.kind === "object") return plugin;
  const [, scheme, name = "", key = ""] =
    SPECIFIER_REGEXP.exec(code.specifier) ??
      [];
  const chosen = await findChosen(name, manifest, system);
  if (chosen === undefined) return plugin;
  const exact = `${scheme}:${name}@${chosen.version}`;
  if (withoutBuild(version) !== withoutBuild(chosen.version)) {
    const problem = manifestProblem(
      "version",
      `The version ${quote(version)} is not that of the package, ${
        quote(exact)
      }`,
      "Publish the package with the same version in its plugin.json",
    );
    return unreadable(source, [problem], id);
  }
  const resolved = { specifier: `${exact}${key}`, base: chosen.base };
  return { ...plugin, code: { ...code, resolved } };
}
