/** Keeps copies of plugins that only the host writes, by what they contain. */

import { argumentError, PluginError, requirePath } from "../base/errors.ts";
import { isAbsolutePath, joinFilePath } from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import { pathFlags, UNNAMEABLE_PATH } from "../permissions/permission_flags.ts";
import { readTree, type TreeReading } from "./read_tree.ts";
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

/** Moves a directory to a path, unless there is one. */
function moveInto(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch (thrown) {
    // The error for a directory that is not empty differs between systems.
    if (lstat(to)?.isDirectory !== true) throw thrown;
  }
}

/** Writes the files of a copy. Never throws: readers do not expect it. */
class CopyWriter {
  readonly #directory: string;
  readonly #made = new Set<string>();
  thrown: unknown;

  constructor(directory: string) {
    this.#directory = directory;
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
  readonly #directory: string;

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
    this.#directory = directory;
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
    if (!DIGEST_REGEXP.test(digest)) return undefined;
    const { state, path } = await this.#stateOf(digest);
    return state === "intact" ? path : undefined;
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
    const name = `${INCOMING}${crypto.randomUUID()}`;
    const incoming = joinFilePath(this.#directory, name);
    this.#attempt(() => {
      Deno.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      Deno.mkdirSync(incoming, { mode: 0o700 });
      this.#sweep(incoming);
    });
    try {
      const writer = new CopyWriter(incoming);
      const onFile = writer.write.bind(writer);
      const reading = await readTree(directory, { onFile });
      const { thrown } = writer;
      if (thrown !== undefined) {
        throw this.#failed(describeThrown(thrown), thrown);
      }
      return reading.ok ? await this.#place(incoming, reading.tree) : reading;
    } finally {
      this.#attempt(() => removeAll(incoming));
    }
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

  async #place(incoming: string, tree: Tree): Promise<StoredTree> {
    const before = await this.#stateOf(tree.digest);
    const { path } = before;
    const wasDamaged = before.state === "damaged";
    if (before.state !== "intact") {
      this.#attempt(() => {
        if (wasDamaged) this.#moveAside(path);
        moveInto(incoming, path);
      });
      // It may be the copy of another process that was faster.
      const { state } = await this.#stateOf(tree.digest);
      if (state !== "intact") {
        throw this.#failed("another program changes its copies");
      }
    }
    return { ok: true, directory: path, tree, wasDamaged };
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
