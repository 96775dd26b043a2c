/** Imports modules, and remembers which files their code came from. */

import type { Problem } from "../../base/errors.ts";
import {
  fileName,
  type FileStamp,
  fromFileUrl,
  isIn,
  joinFilePath,
  MANIFEST_FILE,
  stampFile,
  toFileUrl,
} from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import type {
  JudgedManifest,
  Manifest,
  ModuleCode,
  ReadPlugin,
} from "../../manifest/manifest.ts";

type Import = () => Promise<unknown>;

/** Below this number, the generated module costs more than it saves. */
const WORTHWHILE = 6;

function isImports(value: unknown): value is readonly Import[] {
  return Array.isArray(value) &&
    value.every((one) => typeof one === "function");
}

export function readDefaultExport(module: unknown): unknown {
  return typeof module === "object" && module !== null
    ? Reflect.get(module, "default")
    : undefined;
}

/**
 * Imports many modules faster than one by one.
 *
 * Deno goes through every module of the program for each computed import, but
 * only once for all literal imports of one module. So this generates a module
 * of literal imports. No code runs until each is imported, and a broken module
 * fails by itself.
 */
export class ModuleImporter {
  readonly #prepared = new Map<string, Import>();

  /**
   * Has Deno read local modules ahead if they are many. Runs none of their code,
   * and never rejects.
   */
  async prepare(
    modules: readonly string[],
    beforeRead: (specifier: string) => void = () => {},
  ): Promise<void> {
    // A server may be slow, and its module must delay no other plugin.
    const specifiers = modules.filter((one) => one.startsWith("file:"));
    if (specifiers.length < WORTHWHILE) return;
    specifiers.forEach((specifier) => beforeRead(specifier));
    const thunks = specifiers.map((one) =>
      `()=>import(${JSON.stringify(one)})`
    );
    const text = `export default [${thunks.join(",\n")}];`;
    const url = URL.createObjectURL(
      new Blob([text], { type: "text/javascript" }),
    );
    try {
      const imports = readDefaultExport(await import(url));
      if (!isImports(imports)) return;
      specifiers.forEach((specifier, index) => {
        const one = imports[index];
        if (one !== undefined) this.#prepared.set(specifier, one);
      });
    } catch {
      // Each is then imported by itself, which reports its error.
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  async import(specifier: string): Promise<unknown> {
    const prepared = this.#prepared.get(specifier);
    if (prepared === undefined) return await import(specifier);
    this.#prepared.delete(specifier);
    return await prepared();
  }
}

/** A file as it was read. */
export interface ReadFile {
  /** The bytes; or the stamp of a file that is not kept, or a word if it was not read. */
  readonly content: Uint8Array | string;
  readonly stamp?: FileStamp;
}

// Bounds of the cost of one plugin: a directory can contain anything.
const MAX_ENTRIES = 5_000;
const MAX_FILES = 1_000;
const MAX_FILE_BYTES = 1_048_576;
const MAX_KEPT_BYTES = 16_777_216;

function readFile(path: string, limit: number): ReadFile {
  try {
    const info = Deno.statSync(path);
    // Opening a pipe waits for a writer.
    if (!info.isFile) return { content: "no file" };
    const stamp = stampFile(info);
    return info.size > limit
      ? { content: stamp.text, stamp }
      : { content: Deno.readFileSync(path), stamp };
  } catch (thrown) {
    const isAbsent = thrown instanceof Deno.errors.NotFound;
    return { content: isAbsent ? "absent" : "unreadable" };
  }
}

function hasStamp(path: string, { text }: FileStamp): boolean {
  try {
    return stampFile(Deno.statSync(path)).text === text;
  } catch {
    return false;
  }
}

function isEqual(
  one: Uint8Array | string,
  other: Uint8Array | string,
): boolean {
  if (one === other) return true;
  if (typeof one === "string" || typeof other === "string") return false;
  return haveSameBytes(one, other);
}

function haveSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  // A loop takes a tenth of the time of `every`, and this runs for each plugin.
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index]) return false;
  }
  return true;
}

/** Tests if a file has the content that was read. Writing the same bytes again is no change. */
function isUnchanged(
  path: string,
  { content, stamp }: ReadFile,
): boolean {
  if (stamp?.isSettled === true && hasStamp(path, stamp)) return true;
  const limit = typeof content === "string" ? -1 : MAX_FILE_BYTES;
  return isEqual(readFile(path, limit).content, content);
}

const MODULE_REGEXP = /\.(?:[cm]?[jt]s|[jt]sx|wasm)$/i;

/** Directories with more than the plugin's own code. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", ".git"]);

function listDirectory(path: string): readonly Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    // This process cannot import a file that it cannot read.
    return [];
  }
}

/** Lists the modules in a directory, the nearest first. */
function findModules(root: string): readonly string[] {
  const found: string[] = [];
  const directories = [root];
  let seen = 0;
  for (const directory of directories) {
    const entries = listDirectory(directory);
    const isOther = directory !== root &&
      entries.some(({ name }) => name === MANIFEST_FILE);
    if (isOther) continue;
    for (const { name, isDirectory } of entries) {
      if (++seen > MAX_ENTRIES) return found;
      const path = joinFilePath(directory, name);
      if (isDirectory && !SKIPPED.has(name)) directories.push(path);
      if (!isDirectory && MODULE_REGEXP.test(name)) found.push(path);
    }
  }
  return found;
}

const decoder = new TextDecoder();

// The word is followed by a quoted name, or by a comment that hides one.
const IMPORT_REGEXP =
  /\b(from|import|require)\b\s{0,99}(\(?)\s{0,99}(?:(["'`])([^"'`\n]{0,1000})\3|(\/[*/]))?/g;
const WHOLE_REGEXP = /\s{0,99}[),]/y;
const FILE_REGEXP = /^(?:\.{0,2}\/|file:)/i;
const SCHEME_REGEXP = /^[A-Za-z][A-Za-z0-9+.-]*:/;
// It creates a `require` for any name.
const REQUIRE_MODULE = "node:module";

/** The imports of a module, as far as its text shows them. */
interface Imports {
  readonly files: readonly string[];
  /** True if it imports by names that its text does not show. */
  readonly isOpen: boolean;
}

function readImports(text: string, path: string): Imports {
  const files: string[] = [];
  let isOpen = false;
  for (const match of text.matchAll(IMPORT_REGEXP)) {
    const [all, word, parenthesis, , name, comment] = match;
    const isCall = parenthesis === "(" && word !== "from";
    if (name === undefined) {
      isOpen ||= isCall || comment !== undefined;
      continue;
    }
    WHOLE_REGEXP.lastIndex = match.index + all.length;
    if (isCall && !WHOLE_REGEXP.test(text)) isOpen = true;
    if (FILE_REGEXP.test(name) && !/[\\$]/.test(name)) {
      const file = resolveImport(name, path);
      if (file !== undefined) files.push(file);
    } else {
      // An import map may resolve any name to any file.
      isOpen ||= !SCHEME_REGEXP.test(name) || name === REQUIRE_MODULE;
    }
  }
  return { files, isOpen };
}

function resolveImport(name: string, path: string): string | undefined {
  try {
    return fromFileUrl(new URL(name, toFileUrl(path)));
  } catch {
    return undefined;
  }
}

/**
 * Reads the files that a plugin's code comes from, by path: its entry, and the
 * files in its directory that a module imports. When a module imports by a name
 * that is computed, or that an import map may resolve, every module in the
 * directory counts.
 */
export function readCodeFiles(
  entry: string,
  directory: string,
): ReadonlyMap<string, ReadFile> {
  const files = new Map<string, ReadFile>();
  const waiting = [entry];
  let isOpen = false;
  let kept = 0;
  for (const path of waiting) {
    if (files.has(path)) continue;
    if (files.size === MAX_FILES) break;
    const file = readFile(path, kept < MAX_KEPT_BYTES ? MAX_FILE_BYTES : -1);
    files.set(path, file);
    const { content } = file;
    if (typeof content === "string") continue;
    kept += content.length;
    const imports = readImports(decoder.decode(content), path);
    waiting.push(...imports.files.filter((one) => isIn(one, directory)));
    if (!imports.isOpen || isOpen) continue;
    isOpen = true;
    waiting.push(...findModules(directory));
  }
  return files;
}

/** The code that the engine has of one entry. */
interface ImportedCode {
  /** Its files by path. */
  readonly files: ReadonlyMap<string, ReadFile>;
  /** The manifests that it was imported for, by place. */
  readonly manifests: Map<string, JudgedManifest>;
  /** The state of the files after the engine has read them. */
  reading: "open" | "same" | "changed";
}

const imported = new Map<string, ImportedCode>();

const NO_FILES: ReadonlyMap<string, ReadFile> = new Map();

function isInPlace({ place, bytes, stamp }: JudgedManifest): boolean {
  // A manifest without a stamp is a JSON module, which the engine keeps like code.
  return stamp === undefined || isUnchanged(place, { content: bytes, stamp });
}

/**
 * Remembers the files of a plugin, before the engine reads any of them. Returns
 * true if the engine did not have its code yet.
 */
export function rememberImport({ specifier, judged }: ModuleCode): boolean {
  if (judged === undefined) return false;
  const { directory, place } = judged;
  const known = imported.get(specifier);
  if (known === undefined) {
    imported.set(specifier, {
      files: directory === undefined
        ? NO_FILES
        : readCodeFiles(fromFileUrl(new URL(specifier)), directory),
      manifests: new Map([[place, judged]]),
      reading: "open",
    });
  } else if (!known.manifests.has(place)) {
    known.manifests.set(place, judged);
  }
  return known === undefined;
}

/** Describes the change of a plugin since the engine read its code, if any. */
export function findChange(
  { specifier, judged }: ModuleCode,
): string | undefined {
  const known = imported.get(specifier);
  if (known === undefined || judged === undefined) return undefined;
  if (known.reading === "changed") {
    return "its files changed while its code was imported";
  }
  const before = known.manifests.get(judged.place);
  const isOther = before !== undefined &&
    !haveSameBytes(before.bytes, judged.bytes);
  if (isOther || !isInPlace(judged)) return describeChange(judged.place);
  for (const [path, file] of known.files) {
    if (!isUnchanged(path, file)) return describeChange(path, judged.directory);
  }
  return undefined;
}

function describeChange(path: string, directory?: string): string {
  const name = directory === undefined || !isIn(path, directory)
    ? fileName(path)
    : path.slice(directory.length + 1);
  return `its file ${quote(name)} changed since its code was imported`;
}

/**
 * Checks that a plugin's files stayed the same while the engine read them. Otherwise
 * this process must not use its code any more.
 */
export function confirmImport(
  { code, manifest: { id } }: ReadPlugin,
): Problem | undefined {
  if (code.kind === "object") return undefined;
  const known = imported.get(code.specifier);
  if (known?.reading !== "open") return undefined;
  const change = findChange(code);
  // The engine may have read any mix of old and new files.
  known.reading = change === undefined ? "same" : "changed";
  return change === undefined ? undefined : restartRequired(id, change);
}

/** Returns the manifest that the code of a plugin was imported for. */
export function importedManifest(
  { specifier, judged }: ModuleCode,
): Manifest | undefined {
  if (judged === undefined) return undefined;
  return imported.get(specifier)?.manifests.get(judged.place)?.manifest;
}

/** Tests if a plugin's manifest is still the one that was judged. */
export function isAsJudged({ judged }: ModuleCode): boolean {
  return judged === undefined || isInPlace(judged);
}

export function restartRequired(id: string, change: string): Problem {
  return Object.freeze({
    code: "PLUGIN_RESTART_REQUIRED",
    message: `Cannot load plugin "${id}": ${change}`,
    remedy: "Restart the host: a process keeps the code that it imported",
  });
}
