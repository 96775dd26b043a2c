/** Keeps copies of plugins that only the host writes, by what they contain. */

import { argumentError, PluginError, requirePath } from "../base/errors.ts";
import { haveSameBytes, isAbsolutePath, joinFilePath } from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import { pathFlags, UNNAMEABLE_PATH } from "../permissions/permission_flags.ts";
import {
  joinPath,
  listEntries,
  readTree,
  type TreeReading,
} from "./read_tree.ts";
import { DIGEST_REGEXP, type Tree } from "./tree.ts";

/** A copy in a {@linkcode TreeStore}. */
export interface StoredTree {
  /** The copy is there, and was verified. */
  readonly ok: true;
  /** The absolute path of the copy. */
  readonly directory: string;
  /** The files of the copy. */
  readonly tree: Tree;
  /** True if an older copy was replaced because it had been changed. */
  readonly wasDamaged: boolean;
}

const CALL = 'new TreeStore("/var/lib/search/plugins")';

const INCOMING = ".incoming-";
const DAMAGED = ".damaged-";

/** After this many milliseconds, whoever began a copy was killed. */
const STALE_AFTER = 3_600_000;

function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

function removeAll(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

/** Moves a directory to a path, unless there is one. Returns true if it was moved. */
function moveInto(from: string, to: string): boolean {
  try {
    Deno.renameSync(from, to);
    return true;
  } catch (thrown) {
    // The error for a directory that is not empty differs between systems.
    if (lstat(to)?.isDirectory !== true) throw thrown;
    return false;
  }
}

/** A copy that is written, and is removed unless it gets its place. */
export interface IncomingCopy extends Disposable {
  /** Writes a file. Never throws: readers do not expect it. */
  readonly write: (path: string, bytes: Uint8Array) => void;
  /**
   * Gives the copy its place.
   *
   * @param tree The files that were written.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the store cannot be written.
   */
  place(tree: Tree): Promise<StoredTree>;
}

/** Writes the files of a copy. */
class CopyWriter {
  readonly #directory: string;
  readonly #made = new Set<string>();
  thrown: unknown;

  constructor(directory: string) {
    this.#directory = directory;
    this.#made.add(directory);
  }

  write(path: string, bytes: Uint8Array): void {
    if (this.thrown !== undefined) return;
    try {
      const names = path.split("/");
      const folder = names.slice(0, -1).reduce(joinFilePath, this.#directory);
      if (!this.#made.has(folder)) {
        Deno.mkdirSync(folder, { recursive: true });
        this.#made.add(folder);
      }
      const place = joinFilePath(folder, names.at(-1) ?? "");
      Deno.writeFileSync(place, bytes, { createNew: true, mode: 0o444 });
    } catch (thrown) {
      this.thrown = thrown ?? new Error("nothing was said");
    }
  }
}

/** Compares the files of a copy with those that are read from elsewhere. */
export class CopyComparison {
  /** The absolute path of the copy. */
  readonly directory: string;
  readonly #digest: string;
  /** The files of the copy that were not compared yet. */
  readonly #rest: Set<string>;
  #isSame: boolean;

  constructor(directory: string, digest: string) {
    const entries = listEntries(directory);
    this.directory = directory;
    this.#digest = digest;
    this.#rest = new Set(
      entries.filter(({ kind }) => kind === "file").map(({ path }) => path),
    );
    this.#isSame = entries.every(({ kind }) =>
      kind === "file" || kind === "directory"
    );
  }

  /** Compares one file. Never throws. */
  readonly add = (path: string, bytes: Uint8Array): void => {
    if (!this.#isSame) return;
    try {
      this.#isSame = this.#rest.delete(path) &&
        haveSameBytes(Deno.readFileSync(joinPath(this.directory, path)), bytes);
    } catch {
      this.#isSame = false;
    }
  };

  /** Tests if the copy has exactly the files of a tree, all of which were compared. */
  isCopyOf({ digest }: Tree): boolean {
    return this.#isSame && this.#rest.size === 0 && digest === this.#digest;
  }
}

/** Keeps copies, and also compares and makes them of files that others read. */
export class CopyStore {
  readonly #directory: string;
  #isSwept = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Finds a copy, and verifies it. */
  async find(digest: string): Promise<string | undefined> {
    if (!DIGEST_REGEXP.test(digest)) return undefined;
    const { state, path } = await this.#stateOf(digest);
    return state === "intact" ? path : undefined;
  }

  /** Copies a directory. */
  async add(
    directory: string,
  ): Promise<StoredTree | Extract<TreeReading, { ok: false }>> {
    using incoming = this.begin();
    const reading = await readTree(directory, { onFile: incoming.write });
    return reading.ok ? await incoming.place(reading.tree) : reading;
  }

  /**
   * Begins a copy from files that the caller reads. Needs `read` and `write`
   * permission for the store.
   *
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the store cannot be written.
   */
  begin(): IncomingCopy {
    const name = `${INCOMING}${crypto.randomUUID()}`;
    const path = joinFilePath(this.#directory, name);
    this.#attempt(() => {
      Deno.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      Deno.mkdirSync(path, { mode: 0o700 });
      if (!this.#isSwept) this.#sweep(path);
      this.#isSwept = true;
    });
    const writer = new CopyWriter(path);
    let isPlaced = false;
    return {
      write: writer.write.bind(writer),
      place: async (tree) => {
        const { thrown } = writer;
        if (thrown !== undefined) {
          throw this.#failed(describeThrown(thrown), thrown);
        }
        const placed = await this.#place(path, tree);
        isPlaced = placed.isMoved;
        return placed.stored;
      },
      [Symbol.dispose]: () => {
        if (!isPlaced) this.#attempt(() => removeAll(path));
      },
    };
  }

  /**
   * Prepares to compare a copy with files that the caller reads; `undefined` if
   * there is none. Needs `read` permission for the store.
   */
  comparison(digest: string): CopyComparison | undefined {
    if (!DIGEST_REGEXP.test(digest)) return undefined;
    const path = joinFilePath(this.#directory, digest);
    // What a link leads to may change after it was verified.
    return this.#attempt(() =>
      lstat(path)?.isDirectory === true
        ? new CopyComparison(path, digest)
        : undefined
    );
  }

  /** Removes all copies except some, and returns their digests. */
  keepOnly(digests: Iterable<string>): readonly string[] {
    const kept = new Set(digests);
    const removed = this.#attempt(() => {
      if (lstat(this.#directory) === undefined) return [];
      const names = [...Deno.readDirSync(this.#directory)]
        .map(({ name }) => name)
        .filter((name) => DIGEST_REGEXP.test(name) && !kept.has(name));
      // Aside first: half a copy must not have the name of a whole one.
      for (const name of names) {
        this.#moveAside(joinFilePath(this.#directory, name));
      }
      return names;
    });
    return removed.sort();
  }

  async #stateOf(digest: string): Promise<
    Readonly<{ state: "absent" | "intact" | "damaged"; path: string }>
  > {
    const path = joinFilePath(this.#directory, digest);
    const info = this.#attempt(() => lstat(path));
    if (info === undefined) return { state: "absent", path };
    // What a link leads to may change after it was verified.
    if (!info.isDirectory) return { state: "damaged", path };
    const reading = await readTree(path);
    if (reading.ok) {
      const isSame = reading.tree.digest === digest;
      return { state: isSame ? "intact" : "damaged", path };
    }
    if (reading.reason === "unfit") return { state: "damaged", path };
    throw this.#failed(reading.faults[0]?.fault ?? "it cannot be read");
  }

  async #place(
    incoming: string,
    tree: Tree,
  ): Promise<Readonly<{ stored: StoredTree; isMoved: boolean }>> {
    const before = await this.#stateOf(tree.digest);
    const { path, state } = before;
    const wasDamaged = state === "damaged";
    const stored: StoredTree = { ok: true, directory: path, tree, wasDamaged };
    if (state === "intact") return { stored, isMoved: false };
    const isMoved = this.#attempt(() => {
      if (wasDamaged) this.#moveAside(path);
      return moveInto(incoming, path);
    });
    // Otherwise it is the copy of another process that was faster.
    if (!isMoved && (await this.#stateOf(tree.digest)).state !== "intact") {
      throw this.#failed("another program changes its copies");
    }
    return { stored, isMoved };
  }

  #moveAside(path: string): void {
    const aside = joinFilePath(
      this.#directory,
      `${DAMAGED}${crypto.randomUUID()}`,
    );
    Deno.renameSync(path, aside);
    removeAll(aside);
  }

  /** Removes what killed processes left. */
  #sweep(incoming: string): void {
    const now = lstat(incoming)?.mtime?.getTime() ?? 0;
    for (const { name } of Deno.readDirSync(this.#directory)) {
      if (!name.startsWith(INCOMING) && !name.startsWith(DAMAGED)) continue;
      const path = joinFilePath(this.#directory, name);
      const made = lstat(path)?.mtime?.getTime() ?? now;
      if (now - made > STALE_AFTER) removeAll(path);
    }
  }

  #attempt<Result>(step: () => Result): Result {
    try {
      return step();
    } catch (thrown) {
      throw this.#failed(describeThrown(thrown), thrown);
    }
  }

  #failed(why: string, cause?: unknown): PluginError {
    const paths = [this.#directory];
    const flags = pathFlags({ read: paths, write: paths }) ?? UNNAMEABLE_PATH;
    return new PluginError(
      `Cannot keep plugins in ${quote(this.#directory)}: ${why}`,
      {
        code: "PLUGIN_OPTION_INVALID",
        remedy: cause instanceof Deno.errors.NotCapable
          ? `Start Deno with ${flags} too`
          : "Choose a directory that this process alone may write",
        ...cause === undefined ? {} : { cause },
      },
    );
  }
}

/**
 * Copies plugins into a directory of the host's own, each under the digest of its
 * tree. A copy is hashed while it is written, appears as a whole or not at all,
 * and is verified each time that it is asked for.
 *
 * Whoever may write into the directory can change what runs between its
 * verification and its import: keep it writable for the host alone.
 *
 * @example The bytes that were hashed are the bytes that run
 * ```ts
 * import { TreeStore } from "@semantik/plugins/provenance";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const directory = await Deno.realPath(await Deno.makeTempDir());
 * await Deno.mkdir(`${directory}/search`);
 * await Deno.writeTextFile(`${directory}/search/mod.ts`, "export default {};");
 * const store = new TreeStore(`${directory}/store`);
 * const copy = await store.add(`${directory}/search`);
 *
 * assert(copy.ok);
 * assertEquals(copy.directory, `${directory}/store/${copy.tree.digest}`);
 * assertEquals(await store.find(copy.tree.digest), copy.directory);
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export class TreeStore {
  readonly #copies: CopyStore;

  /**
   * Creates a store. Touches no file.
   *
   * @param directory The absolute path of its directory, which is made with the
   * first copy.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if it is no absolute path.
   */
  constructor(directory: string) {
    requirePath(directory, "keep plugins", CALL);
    if (!isAbsolutePath(directory)) {
      throw argumentError(directory, {
        action: "keep plugins",
        expected: "an absolute path",
        remedy: `Give the whole path, as in ${CALL}`,
      });
    }
    this.#copies = new CopyStore(directory);
  }

  /**
   * Finds a copy, and verifies it. Needs `read` permission for the store.
   *
   * @param digest The digest of the tree.
   * @returns The absolute path of the copy; `undefined` if no copy exists, or it
   * was changed.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the store cannot be read.
   */
  async find(digest: string): Promise<string | undefined> {
    return await this.#copies.find(digest);
  }

  /**
   * Copies a directory. A copy that is there already is verified, and replaced if
   * it was changed. Needs `read` permission for the directory, and `read` and
   * `write` for the store.
   *
   * @param directory The absolute path of the plugin.
   * @returns The copy, or what makes the directory unfit.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the store cannot be written.
   */
  async add(
    directory: string,
  ): Promise<StoredTree | Extract<TreeReading, { ok: false }>> {
    return await this.#copies.add(directory);
  }

  /**
   * Removes all copies except some. A host that imports from a removed copy fails,
   * so that nothing else runs in its place. Needs `read` and `write` permission
   * for the store.
   *
   * @param digests The digests of the copies to keep.
   * @returns The digests of the copies that were removed, sorted.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the store cannot be written.
   */
  keepOnly(digests: Iterable<string>): readonly string[] {
    return this.#copies.keepOnly(digests);
  }
}
