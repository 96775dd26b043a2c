/** Locks the plugins of a folder, as `semantik-plugin add` does. */

import { assert } from "@std/assert";
import {
  formatLock,
  type LockedDirectory,
  parseLock,
  type PluginsLock,
  readTree,
} from "@semantik/plugins/provenance";

interface LockedManifest {
  readonly id: string;
  readonly version: string;
  readonly permissions?: LockedDirectory["permissions"];
  readonly optionalPermissions?: LockedDirectory["optionalPermissions"];
}

/** Makes the entry of the plugin in a directory. */
export async function lockedDirectory(
  directory: string,
): Promise<readonly [id: string, plugin: LockedDirectory]> {
  const manifest: LockedManifest = JSON.parse(
    await Deno.readTextFile(`${directory}/plugin.json`),
  );
  const reading = await readTree(directory);
  assert(reading.ok, JSON.stringify(reading));
  const { digest, files } = reading.tree;
  const { id, version, permissions = {}, optionalPermissions = {} } = manifest;
  return [id, {
    source: directory,
    version,
    permissions,
    optionalPermissions,
    lockedAt: "2026-01-31T12:00:00Z",
    dependencies: {},
    tree: digest,
    files,
  }];
}

/**
 * Writes a lock of the plugins in some directories.
 *
 * @param path The path of the lock.
 * @param directories The directories of the plugins.
 * @param changes The serial, and what differs in each entry.
 */
export async function writeLock(
  path: string,
  directories: readonly string[],
  { serial = 1, ...changes }: Partial<LockedDirectory> & {
    readonly serial?: number;
  } = {},
): Promise<PluginsLock> {
  const entries = await Promise.all(directories.map(lockedDirectory));
  const text = formatLock({
    lockVersion: 1,
    serial,
    plugins: Object.fromEntries(
      entries.map(([id, plugin]) => [id, { ...plugin, ...changes }]),
    ),
  });
  await Deno.writeTextFile(path, text);
  const parsed = parseLock(text);
  assert(parsed.ok);
  return parsed.lock;
}
