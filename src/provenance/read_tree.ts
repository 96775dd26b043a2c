/** Reads the files of a plugin once: what was read is what was hashed. */

import { PluginError } from "../base/errors.ts";
import { joinFilePath, readOpenFile } from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import { pathFlags, UNNAMEABLE_PATH } from "../permissions/permission_flags.ts";
import {
  entryFault,
  makeTree,
  MAX_TREE_FILE_BYTES,
  MAX_TREE_FILES,
  sha256,
  sizeFault,
  type Tree,
  type TreeEntry,
  type TreeFault,
  treeFaults,
} from "./tree.ts";

/** The result of reading a directory. */
export type TreeReading =
  | {
    /** The directory can be verified. */
    readonly ok: true;
    /** Its files. */
    readonly tree: Tree;
    /** The number of bytes of all files. */
    readonly size: number;
    /** The files that differ from the expected ones in their line endings alone. */
    readonly lineEndings?: readonly string[];
  }
  | {
    /** The directory cannot be verified. */
    readonly ok: false;
    /** `unfit`: its files break a rule. `unreadable`: they cannot be read. */
    readonly reason: "unfit" | "unreadable";
    /** The reasons; at least one. */
    readonly faults: readonly TreeFault[];
  };

/** Options of {@linkcode readTree}. */
export interface ReadTreeOptions {
  /**
   * Gets the bytes of each file that was hashed, in no certain order.
   *
   * @default {undefined} the bytes are dropped
   */
  readonly onFile?: (path: string, bytes: Uint8Array) => void;
  /**
   * The SHA-256 that each file should have. Files with another one are compared
   * with other line endings as well.
   *
   * @default {{}}
   */
  readonly expected?: Readonly<Record<string, string>>;
}

/** Directories count as well: they take as long to list. */
const MAX_ENTRIES = MAX_TREE_FILES * 2;

// A larger file would hold up the event loop.
const SYNC_BYTES = 1_048_576;

/** The files and bytes that are hashed at the same time. */
const MAX_HASHED = { files: 64, bytes: 16_777_216 };

function kindOf(
  { isFile, isDirectory, isSymlink }: Pick<
    Deno.FileInfo,
    "isFile" | "isDirectory" | "isSymlink"
  >,
): TreeEntry["kind"] {
  if (isSymlink) return "link";
  if (isDirectory) return "directory";
  return isFile ? "file" : "other";
}

/** Lists all that a directory holds. Follows no link, and opens nothing. */
export function listEntries(directory: string): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  const folders = [""];
  for (const folder of folders) {
    const place = folder === "" ? directory : joinPath(directory, folder);
    for (const found of Deno.readDirSync(place)) {
      const path = folder === "" ? found.name : `${folder}/${found.name}`;
      const kind = kindOf(found);
      entries.push({ path, kind });
      if (entries.length > MAX_ENTRIES) return entries;
      // What must not be there is named once, and not by its contents.
      if (kind === "directory" && entryFault({ path, kind }) === undefined) {
        folders.push(path);
      }
    }
  }
  return entries;
}

/** Returns the place of a path of a tree. */
export function joinPath(directory: string, path: string): string {
  return path.split("/").reduce(joinFilePath, directory);
}

/** Thrown when a file is not the one that was listed. */
class Changed extends Error {
  constructor() {
    super("it changed while it was read");
  }
}

async function readFile(
  path: string,
  info: Deno.FileInfo,
): Promise<Uint8Array<ArrayBuffer>> {
  using file = Deno.openSync(path);
  const opened = file.statSync();
  // The file that was listed, and not what a link in its place leads to.
  if (opened.ino !== info.ino || opened.dev !== info.dev || !opened.isFile) {
    throw new Changed();
  }
  if (opened.size > SYNC_BYTES) {
    const limit = MAX_TREE_FILE_BYTES + 1;
    return new Uint8Array(await readOpenFile(file, limit));
  }
  const buffer = new Uint8Array(opened.size + 1);
  let length = 0;
  // A file ends where its size says, unless somebody writes to it meanwhile.
  do {
    const count = file.readSync(buffer.subarray(length));
    if (count === null) break;
    length += count;
  } while (length < opened.size);
  if (length === buffer.length) throw new Changed();
  return buffer.subarray(0, length);
}

function readFault(
  directory: string,
  path: string,
  thrown: unknown,
): TreeFault {
  const flags = thrown instanceof Deno.errors.NotCapable
    ? pathFlags({ read: [directory] }) ?? UNNAMEABLE_PATH
    : undefined;
  return {
    path,
    fault: `cannot be read: ${
      thrown instanceof Changed ? thrown.message : describeThrown(thrown)
    }`,
    remedy: flags === undefined
      ? "Check that it exists, and that the user of this process may read it"
      : `Start Deno with ${flags} too`,
  };
}

const [LF, CR] = [10, 13];

/** Returns a text with the line endings of other systems. */
function withOtherLineEndings(
  bytes: Uint8Array<ArrayBuffer>,
): readonly Uint8Array<ArrayBuffer>[] {
  // git takes what has a NUL for binary, and leaves it as it is.
  if (bytes.includes(0)) return [];
  const unix = bytes.filter((byte, index) =>
    byte !== CR || bytes[index + 1] !== LF
  );
  const feeds = unix.reduce(
    (count, byte) => byte === LF ? count + 1 : count,
    0,
  );
  const windows = new Uint8Array(unix.length + feeds);
  let end = 0;
  for (const byte of unix) {
    if (byte === LF) windows[end++] = CR;
    windows[end++] = byte;
  }
  return [unix, windows];
}

/** Reads and hashes the listed files, several at a time. */
class FileHasher {
  readonly #directory: string;
  readonly #options: ReadTreeOptions;
  readonly #digests: (readonly [path: string, digest: string])[] = [];
  #waiting: Promise<void>[] = [];
  #waitingBytes = 0;
  readonly lineEndings: string[] = [];
  /** The number of bytes that were read. */
  size = 0;
  /** The file that is read. */
  path = "";

  constructor(directory: string, options: ReadTreeOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Returns a fault of the file, if it has one. */
  async add(path: string): Promise<TreeFault | undefined> {
    this.path = path;
    const place = joinPath(this.#directory, path);
    const info = Deno.lstatSync(place);
    const { size } = info;
    const fault = entryFault({ path, kind: kindOf(info), size });
    if (fault !== undefined) return fault;
    const bytes = await readFile(place, info);
    this.size += bytes.length;
    this.#waitingBytes += bytes.length;
    this.#waiting.push(this.#hash(path, bytes));
    const isFull = this.#waiting.length >= MAX_HASHED.files ||
      this.#waitingBytes >= MAX_HASHED.bytes;
    if (isFull) await this.#settle();
    return sizeFault(this.size);
  }

  async #hash(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { expected = {}, onFile } = this.#options;
    const digest = await sha256(bytes);
    this.#digests.push([path, digest]);
    onFile?.(path, bytes);
    const other = Object.hasOwn(expected, path) ? expected[path] : undefined;
    if (other === undefined || other === digest) return;
    for (const converted of withOtherLineEndings(bytes)) {
      if (await sha256(converted) === other) this.lineEndings.push(path);
    }
  }

  async #settle(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const result of await Promise.allSettled(waiting)) {
      if (result.status === "rejected") throw result.reason;
    }
  }

  async finish(): Promise<Tree> {
    await this.#settle();
    return await makeTree(this.#digests);
  }

  /** Waits for what is still hashed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#waiting);
  }
}

/**
 * Reads a directory as the tree of a plugin. Refuses links, special files, names
 * that are not the same on every system, files that systems leave behind, and
 * too much of anything. Needs `read` permission for the directory.
 *
 * @example The digests of a plugin
 * ```ts
 * import { readTree } from "@semantik/plugins/provenance";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/mod.ts`, "export default {};\n");
 * const reading = await readTree(directory);
 *
 * assert(reading.ok);
 * assertEquals(Object.keys(reading.tree.files), ["mod.ts"]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @param directory The absolute path of the directory.
 * @param options Options.
 * @returns The tree, or everything that makes the directory unfit. Never rejects
 * because of the directory.
 */
export async function readTree(
  directory: string,
  options: ReadTreeOptions = {},
): Promise<TreeReading> {
  await using hasher = new FileHasher(directory, options);
  try {
    const entries = listEntries(directory);
    const faults = treeFaults(entries);
    if (faults.length > 0) return { ok: false, reason: "unfit", faults };
    for (const { path, kind } of entries) {
      const fault = kind === "file" ? await hasher.add(path) : undefined;
      if (fault === undefined) continue;
      return { ok: false, reason: "unfit", faults: [fault] };
    }
    const tree = await hasher.finish();
    const { size, lineEndings } = hasher;
    return {
      ok: true,
      tree,
      size,
      ...lineEndings.length === 0 ? {} : { lineEndings: lineEndings.sort() },
    };
  } catch (thrown) {
    const faults = [readFault(directory, hasher.path, thrown)];
    return { ok: false, reason: "unreadable", faults };
  }
}

/**
 * Computes the digest of a plugin's files, for the option `digestOf` of a host.
 * Needs `read` permission for the directory.
 *
 * @example A yes that holds for these files alone
 * ```ts
 * import { PluginHost } from "@semantik/plugins";
 * import { treeDigest } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * await using host = new PluginHost({
 *   name: "search",
 *   version: "1.4.0",
 *   consent: "required",
 *   digestOf: treeDigest,
 * });
 *
 * assertEquals(await host.plan(), []);
 * ```
 *
 * @param directory The absolute path of the directory.
 * @returns The digest of its tree: SHA-256 in hexadecimal.
 * @throws {PluginError} `PLUGIN_SOURCE_UNREADABLE` if the directory is unfit or
 * cannot be read.
 */
export async function treeDigest(directory: string): Promise<string> {
  const reading = await readTree(directory);
  if (reading.ok) return reading.tree.digest;
  const { path, fault, remedy } = reading.faults[0] ??
    { path: "", fault: "cannot be read", remedy: "Check the directory" };
  const place = path === "" ? directory : path;
  throw new PluginError(`${quote(place)} ${fault}`, {
    code: "PLUGIN_SOURCE_UNREADABLE",
    remedy,
  });
}
