/**
 * Reading a directory: one that is a plugin, or one of plugins.
 *
 * @module
 */

import { isWindowsPath } from "../permissions/permission_path.ts";
import { joinPath } from "./file_url.ts";
import type { FoundPlugin } from "./found_plugin.ts";
import type { SourcePowers } from "./powers.ts";
import { linkToNothing, readManifestFile } from "./read_manifest_file.ts";
import { MANIFEST_FILE } from "./source.ts";
import { sourceProblem, unreadable } from "./unreadable.ts";

function joinSource(source: string, name: string): string {
  if (/[\\/]$/.test(source)) return `${source}${name}`;
  return `${source}${isWindowsPath(source) ? "\\" : "/"}${name}`;
}

function byName(one: Deno.DirEntry, other: Deno.DirEntry): number {
  return one.name < other.name ? -1 : 1;
}

async function readEntry(
  source: string,
  { name, isSymlink }: Deno.DirEntry,
  parent: { readonly directory: string; readonly realDirectory: string },
  powers: SourcePowers,
): Promise<FoundPlugin | undefined> {
  const directory = joinPath(parent.directory, name);
  // What lies in a directory without links, and is none, is its own real path.
  const realDirectory = isSymlink
    ? undefined
    : joinPath(parent.realDirectory, name);
  const place = { directory, realDirectory, name: MANIFEST_FILE };
  const shown = joinSource(source, name);
  const found = await readManifestFile(shown, place, powers);
  if (found !== undefined || !isSymlink) return found;
  try {
    powers.stat(directory);
  } catch (thrown) {
    // A link to a file is no plugin, and is passed over.
    if (thrown instanceof Deno.errors.NotFound) {
      return unreadable(shown, [linkToNothing(shown, "it")]);
    }
  }
  return undefined;
}

/**
 * Reads the manifest of a directory, or those of the directories in it.
 *
 * Needs `read` permission for the directory.
 *
 * @param source The directory, for people.
 * @param directory Its absolute path.
 * @param powers The file system and the permissions.
 * @returns What was found, in the order of the directories' names.
 * @throws what listing the directory throws.
 */
export async function readDirectory(
  source: string,
  directory: string,
  powers: SourcePowers,
): Promise<readonly FoundPlugin[]> {
  const place = { directory, name: MANIFEST_FILE };
  const own = await readManifestFile(source, place, powers);
  if (own !== undefined) return [own];
  const entries = [...powers.readDirectory(directory)]
    .filter(({ name }) => !name.startsWith("."));
  // A folder that waits for its first plugin is fine.
  if (entries.length === 0) return [];
  const parent = { directory, realDirectory: powers.realPath(directory) };
  const plugins: FoundPlugin[] = [];
  for (const entry of entries.sort(byName)) {
    if (entry.isFile) continue;
    const plugin = await readEntry(source, entry, parent, powers);
    if (plugin !== undefined) plugins.push(plugin);
  }
  if (plugins.length > 0) return plugins;
  // One that holds something, and no plugin, is most likely another than was meant.
  return [unreadable(source, [
    sourceProblem(
      source,
      `neither it nor a directory in it holds a ${MANIFEST_FILE}`,
      `Name the directory of a ${MANIFEST_FILE}, or one above it`,
    ),
  ])];
}
