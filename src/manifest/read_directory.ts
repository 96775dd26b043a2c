/**
 * Reading a directory: one that is a plugin, or one of plugins.
 *
 * @module
 */

import { isWindowsPath } from "../permissions/permission_path.ts";
import type { FoundPlugin } from "./found_plugin.ts";
import type { SourcePowers } from "./powers.ts";
import { linkToNothing, readManifestFile } from "./read_manifest_file.ts";
import { MANIFEST_FILE } from "./source.ts";
import { sourceProblem, unreadable } from "./unreadable.ts";

const MAX_AT_ONCE = 32;

function joinSource(source: string, name: string): string {
  if (/[\\/]$/.test(source)) return `${source}${name}`;
  return `${source}${isWindowsPath(source) ? "\\" : "/"}${name}`;
}

async function readEntry(
  source: string,
  { name, isSymlink }: Deno.DirEntry,
  directory: URL,
  powers: SourcePowers,
): Promise<FoundPlugin | undefined> {
  const url = new URL(`${encodeURIComponent(name)}/`, directory);
  const shown = joinSource(source, name);
  const found = await readManifestFile(
    shown,
    new URL(MANIFEST_FILE, url),
    powers,
  );
  if (found !== undefined || !isSymlink) return found;
  try {
    await powers.stat(url);
  } catch (thrown) {
    // A link to a file answers that it is no directory, and is none of ours.
    if (thrown instanceof Deno.errors.NotFound) {
      return unreadable(shown, [linkToNothing(shown, "it")]);
    }
  }
  return undefined;
}

/** Some at a time: a process may not open as many files as there are plugins. */
async function readEntries(
  source: string,
  entries: readonly Deno.DirEntry[],
  directory: URL,
  powers: SourcePowers,
): Promise<readonly FoundPlugin[]> {
  const found: (FoundPlugin | undefined)[] = [];
  const waiting = entries.entries();
  async function readInTurn(): Promise<void> {
    for (const [index, entry] of waiting) {
      found[index] = await readEntry(source, entry, directory, powers);
    }
  }
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, readInTurn));
  return found.filter((plugin) => plugin !== undefined);
}

/**
 * Reads the manifest of a directory, or those of the directories in it.
 *
 * Needs `read` permission for the directory.
 *
 * @param source The directory, for people.
 * @param directory The directory, as a `file:` URL that ends in a slash.
 * @param powers The file system and the permissions.
 * @returns What was found, in the order of the directories' names.
 * @throws what listing the directory throws.
 */
export async function readDirectory(
  source: string,
  directory: URL,
  powers: SourcePowers,
): Promise<readonly FoundPlugin[]> {
  const own = await readManifestFile(
    source,
    new URL(MANIFEST_FILE, directory),
    powers,
  );
  if (own !== undefined) return [own];
  const entries: Deno.DirEntry[] = [];
  let isEmpty = true;
  for await (const entry of powers.readDirectory(directory)) {
    if (entry.name.startsWith(".")) continue;
    isEmpty = false;
    if (!entry.isFile) entries.push(entry);
  }
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  const plugins = await readEntries(source, entries, directory, powers);
  // A folder that waits for its first plugin is fine; one that holds
  // something, and no plugin, is most likely another folder than was meant.
  if (plugins.length > 0 || isEmpty) return plugins;
  return [unreadable(source, [
    sourceProblem(
      source,
      `neither it nor a directory in it holds a ${MANIFEST_FILE}`,
      `Name the directory of a ${MANIFEST_FILE}, or one above it`,
    ),
  ])];
}
