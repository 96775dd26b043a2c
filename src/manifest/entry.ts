import { isRecord, type Problem } from "../base/errors.ts";
import {
  fromFileUrl,
  isIn,
  joinFilePath,
  toFileHref,
  toFileUrl,
} from "../base/path.ts";
import { quote } from "../base/text.ts";
import { type Manifest, MAX_MANIFEST_BYTES } from "./manifest.ts";
import type { SourceSystem } from "./source_system.ts";
import { manifestProblem, missingPermission } from "./found_plugin.ts";

const SCHEME_REGEXP = /^[A-Za-z][A-Za-z0-9+.-]*:/;
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
  if (SCHEME_REGEXP.test(entry)) return "is a URL";
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
