/**
 * Finds and reads the files of this machine that a plugin's code comes from.
 *
 * @module
 */

import { type FileMark, markFile } from "./file_mark.ts";
import {
  fromFileUrl,
  isIn,
  joinFilePath,
  toFileUrl,
} from "../base/file_url.ts";
import { MANIFEST_FILE } from "./source.ts";

/** A file as it was read. */
export interface ReadFile {
  /** Its bytes; when they were not kept, why, or its mark. */
  readonly content: Uint8Array | string;
  /** Its mark, when it is there. */
  readonly mark?: FileMark;
}

// Bounds for what one plugin may cost: a directory can hold anything.
const MAX_ENTRIES = 5_000;
const MAX_FILES = 1_000;
const MAX_FILE_BYTES = 1_048_576;
const MAX_KEPT_BYTES = 16_777_216;

function readFile(path: string, limit: number): ReadFile {
  try {
    const info = Deno.statSync(path);
    // Opening a pipe would wait for somebody to write to it.
    if (!info.isFile) return { content: "no file" };
    const mark = markFile(info);
    return info.size > limit
      ? { content: mark.text, mark }
      : { content: Deno.readFileSync(path), mark };
  } catch (thrown) {
    const isAbsent = thrown instanceof Deno.errors.NotFound;
    return { content: isAbsent ? "absent" : "unreadable" };
  }
}

function hasMark(path: string, { text }: FileMark): boolean {
  try {
    return markFile(Deno.statSync(path)).text === text;
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

/**
 * Compares bytes.
 *
 * @param one Some bytes.
 * @param other Others.
 * @returns Whether they are the same.
 */
export function haveSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  // A loop takes a tenth of the time of `every`, and this runs for each plugin.
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index]) return false;
  }
  return true;
}

/**
 * Finds out whether a file is what it was. Written again with the same bytes it
 * is the same.
 *
 * @param path The file.
 * @param before What it was.
 * @returns Whether it still is.
 */
export function isUnchanged(
  path: string,
  { content, mark }: ReadFile,
): boolean {
  if (mark?.isSettled === true && hasMark(path, mark)) return true;
  const limit = typeof content === "string" ? -1 : MAX_FILE_BYTES;
  return isEqual(readFile(path, limit).content, content);
}

const MODULE_REGEXP = /\.(?:[cm]?[jt]s|[jt]sx|wasm)$/i;

/** Directories that hold more than the plugin's own code. */
const PASSED_OVER: ReadonlySet<string> = new Set(["node_modules", ".git"]);

function listDirectory(path: string): readonly Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    // What this process may not read, it may not import either.
    return [];
  }
}

/** The modules in a directory, the nearest ones first. */
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
      if (isDirectory && !PASSED_OVER.has(name)) directories.push(path);
      if (!isDirectory && MODULE_REGEXP.test(name)) found.push(path);
    }
  }
  return found;
}

const decoder = new TextDecoder();

// After the word a name in quotes, or a comment that hides one.
const IMPORT_REGEXP =
  /\b(from|import|require)\b\s{0,99}(\(?)\s{0,99}(?:(["'`])([^"'`\n]{0,1000})\3|(\/[*/]))?/g;
const WHOLE_REGEXP = /\s{0,99}[),]/y;
const FILE_REGEXP = /^(?:\.{0,2}\/|file:)/i;
const SCHEME_REGEXP = /^[A-Za-z][A-Za-z0-9+.-]*:/;
// By it a module makes a `require` of any name.
const REQUIRE_MODULE = "node:module";

/** The imports of a module, as far as its text shows them. */
interface Imports {
  /** The files that it names. */
  readonly files: readonly string[];
  /** Set when it imports by names that its text does not show. */
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
      // An import map may lead from any name to any file.
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
 * Reads the files in a plugin's directory that its code comes from: its entry,
 * and what the modules name that they import. When one of them imports by a
 * name that is computed, or that an import map may resolve, every module in the
 * directory counts.
 *
 * @param entry The plugin's module.
 * @param directory The plugin's directory.
 * @returns The files, by path.
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
