/** Locks for tests. */

import { assert } from "@std/assert";
import {
  type LockedDirectory,
  type PluginFacts,
  type PluginsLock,
  readTree,
  type ReadTreeOptions,
} from "@semantik/plugins/provenance";

/** The permissions of `SEARCH_FILES`. */
const REVIEWED = {
  permissions: { net: ["a.example:443"] },
  optionalPermissions: {},
};

/** Locks the plugin in a folder, as `search`. */
export async function lockFolder(
  path: string,
  changes: Partial<LockedDirectory> = {},
): Promise<PluginsLock> {
  const reading = await readTree(path);
  assert(reading.ok, JSON.stringify(reading));
  const { digest, files } = reading.tree;
  return lockOf({
    source: "./plugins/search",
    version: "1.2.0",
    ...REVIEWED,
    lockedAt: "2026-01-31T12:00:00Z",
    dependencies: {},
    tree: digest,
    files,
    ...changes,
  });
}

/** Makes a lock of one plugin. */
export function lockOf(
  plugin: PluginsLock["plugins"][string],
  id = "search",
): PluginsLock {
  return { lockVersion: 1, serial: 1, plugins: { [id]: plugin } };
}

/** Reads the plugin in a folder again. */
export async function factsOf(
  path: string,
  options: ReadTreeOptions = {},
): Promise<PluginFacts> {
  return {
    id: "search",
    source: "./plugins/search",
    version: "1.2.0",
    ...REVIEWED,
    reading: await readTree(path, options),
  };
}
