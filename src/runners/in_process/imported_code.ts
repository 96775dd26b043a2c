/** Imports modules, and remembers which files their code came from. */

import type { Problem } from "../../base/errors.ts";
import {
  fileName,
  type FileStamp,
  fromFileUrl,
  haveSameBytes,
  isIn,
  joinFilePath,
  MANIFEST_FILE,
  stampFile,
  toFileUrl,
} from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import { queryDeno, queryEntry } from "../../permissions/permission_states.ts";
import type {
  JudgedManifest,
  Manifest,
  ModuleCode,
  ReadPlugin,
} from "../../manifest/manifest.ts";

type Import = () => Promise<unknown>;

/** Below this number, a generated module costs more than it saves. */
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

  /** Has Deno read local modules ahead. Runs none of their code, and never rejects. */
  async prepare(batches: readonly (readonly string[])[]): Promise<void> {
    for (const batch of batches) await this.#read(batch);
  }

  async #read(specifiers: readonly string[]): Promise<void> {
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
  /** Names that are not files: of packages, of modules on a server, of an import map. */
  readonly others: readonly string[];
  /** True if it imports by names that its text does not show. */
  readonly isOpen: boolean;
}

function readImports(text: string, path: string): Imports {
  const files: string[] = [];
  const others: string[] = [];
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
      others.push(name);
      // An import map may resolve any name to any file.
      isOpen ||= !SCHEME_REGEXP.test(name) || name === REQUIRE_MODULE;
    }
  }
  return { files, others, isOpen };
}

function resolveImport(name: string, path: string): string | undefined {
  try {
    return fromFileUrl(new URL(name, toFileUrl(path)));
  } catch {
    return undefined;
  }
}

/** The files of a plugin's code by path, and what these import from elsewhere. */
interface CodeFiles {
  readonly files: ReadonlyMap<string, ReadFile>;
  readonly others: ReadonlySet<string>;
}

/**
 * Reads the files that a plugin's code comes from: its entry, and the files in its
 * directory that a module imports. When a module imports by a name that is
 * computed, or that an import map may resolve, every module in the directory
 * counts.
 */
export function readCodeFiles(entry: string, directory: string): CodeFiles {
  const files = new Map<string, ReadFile>();
  const others = new Set<string>();
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
    imports.others.forEach((one) => others.add(one));
    waiting.push(...imports.files.filter((one) => isIn(one, directory)));
    if (!imports.isOpen || isOpen) continue;
    isOpen = true;
    waiting.push(...findModules(directory));
  }
  return { files, others };
}

/** The code that the engine has of one entry. */
interface ImportedCode extends CodeFiles {
  /** The manifests that it was imported for, by place. */
  readonly manifests: Map<string, JudgedManifest>;
  /** The state of the files after the engine has read them. */
  reading: "open" | "same" | "changed";
}

const imported = new Map<string, ImportedCode>();

const NO_FILES: CodeFiles = { files: new Map(), others: new Set() };

function isInPlace({ place, bytes, stamp }: JudgedManifest): boolean {
  // A manifest without a stamp is a JSON module, which the engine keeps like code.
  return stamp === undefined || isUnchanged(place, { content: bytes, stamp });
}

/**
 * Remembers the files of a plugin, before the engine reads any of them. Returns
 * true if the engine did not have its code yet.
 */
export function rememberImport(
  { specifier, judged, isPinned = false }: ModuleCode,
): boolean {
  if (judged === undefined) return false;
  const { directory, place } = judged;
  const known = imported.get(specifier);
  if (known === undefined) {
    imported.set(specifier, {
      ...directory === undefined || isPinned ? NO_FILES : readCodeFiles(
        fromFileUrl(new URL(specifier)),
        directory,
      ),
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

/** Forgets the files of a plugin that the engine did not read after all. */
export function forgetImport(specifier: string): void {
  imported.delete(specifier);
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

// With --frozen, Deno compares its lock file after each import. Once an import
// has added to it, every later one of a module that is not read yet fails, whatever
// it is. So what cannot add to the lock file is read first, and what would last.

/** Tests if an import is in the lock file; `undefined` if that is unknown. */
type IsLocked = (name: string) => boolean | undefined;

const OWN_REGEXP = /^(?:node:|@semantik\/plugins(?:\/|$))/;
const JSR_REGEXP = /^jsr:\/?(@[^/]+\/[^/@]+)/;

/** The lock files that Deno may use, the likeliest first. */
function* lockFiles(): Generator<string> {
  const { mainModule } = Deno;
  const starts = [new URL(".", toFileUrl(`${Deno.cwd()}/`))];
  if (mainModule.startsWith("file:")) starts.unshift(new URL(".", mainModule));
  for (const start of starts) {
    for (let folder = start;; folder = new URL("..", folder)) {
      yield fromFileUrl(new URL("deno.lock", folder));
      if (folder.pathname === new URL("..", folder).pathname) break;
    }
  }
}

/** Reads the lock file if this process may. A wrong one only changes an order. */
function readLocked(): ReadonlySet<string> | undefined {
  for (const path of lockFiles()) {
    if (queryEntry({ kind: "read", value: path }, queryDeno) !== "granted") {
      continue;
    }
    try {
      const { specifiers, remote } = JSON.parse(Deno.readTextFileSync(path));
      return new Set([
        ...Object.keys(remote ?? {}),
        ...Object.keys(specifiers ?? {})
          .map((one) => JSR_REGEXP.exec(one)?.[1] ?? one),
      ]);
    } catch {
      // Not there, or no lock file.
    }
  }
  return undefined;
}

function createIsLocked(): IsLocked {
  let locked: ReadonlySet<string> | undefined | null = null;
  return (name) => {
    if (OWN_REGEXP.test(name)) return true;
    let resolved: string;
    try {
      resolved = import.meta.resolve(name);
    } catch {
      // An import map that is not for this package, or a path that npm hides.
      return name.startsWith("npm:") ? true : undefined;
    }
    if (name.startsWith("jsr:") && !resolved.startsWith("jsr:")) return true;
    // Deno knows where it keeps a package from npm that is locked or loaded.
    if (resolved.startsWith("npm:")) return false;
    if (!/^(?:jsr|https?):/.test(resolved)) return true;
    if (locked === null) locked = readLocked();
    return locked?.has(JSR_REGEXP.exec(resolved)?.[1] ?? resolved);
  };
}

type Batches = Readonly<
  Record<"locked" | "packages" | "unknown" | "unlocked", readonly string[]>
>;

function sortByLock(specifiers: readonly string[]): Batches {
  const isLocked = createIsLocked();
  const place = (specifier: string): keyof Batches | undefined => {
    // Its manifest was imported before.
    if (/^(?:jsr|npm):/.test(specifier)) return "packages";
    // A server may be slow, and its module must delay no other plugin.
    if (!specifier.startsWith("file:")) return undefined;
    const others = [...imported.get(specifier)?.others ?? []];
    const verdicts = others.map(isLocked);
    if (verdicts.includes(false)) return "unlocked";
    return verdicts.includes(undefined) ? "unknown" : "locked";
  };
  const of = Map.groupBy(specifiers, place);
  return {
    locked: of.get("locked") ?? [],
    packages: of.get("packages") ?? [],
    unknown: of.get("unknown") ?? [],
    unlocked: of.get("unlocked") ?? [],
  };
}

/**
 * Sorts modules into batches to be read ahead, one after the other. Modules in
 * none are imported one by one.
 */
export function batchImports(
  specifiers: readonly string[],
): readonly (readonly string[])[] {
  const { locked, packages, unknown, unlocked } = sortByLock(specifiers);
  const isWorth = (batch: readonly string[]) => batch.length >= WORTHWHILE;
  const isRisky = unknown.length + unlocked.length > 0;
  return [
    ...isWorth(locked) || isRisky ? [locked] : [],
    ...isRisky ? [packages] : [],
    ...isWorth(unknown) || unlocked.length > 0 ? [unknown] : [],
    ...isWorth(unlocked) ? [unlocked] : [],
  ].filter(({ length }) => length > 0);
}
