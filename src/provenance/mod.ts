/**
 * Verified sources: what a plugin consists of, the lock that pins it, signatures,
 * and whom an operator trusts, as functions.
 *
 * @example The digest of a plugin
 * ```ts
 * import { readTree } from "@semantik/plugins/provenance";
 * import { assert } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/plugin.json`, "{}\n");
 * const reading = await readTree(directory);
 *
 * assert(reading.ok);
 * assert(/^[0-9a-f]{64}$/.test(reading.tree.digest));
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */

import "../base/require_deno.ts";

export {
  readTree,
  type ReadTreeOptions,
  type TreeReading,
} from "./read_tree.ts";
export { type StoredTree, TreeStore } from "./tree_store.ts";
export {
  makeTree,
  sha256,
  type Tree,
  type TreeEntry,
  type TreeFault,
  treeFaults,
} from "./tree.ts";
