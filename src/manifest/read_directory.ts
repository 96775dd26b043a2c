/**
 * Reading a directory of this machine: one that is a plugin, or one of plugins.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { isWindowsPath } from "../base/path.ts";
import { decodeManifest } from "./decode_manifest.ts";
import { fileName, joinFilePath } from "../base/file_url.ts";
import { locateEntry, type ManifestPlace } from "./locate_entry.ts";
import { markFile } from "./file_mark.ts";
import {
  type FoundPlugin,
  type JudgedManifest,
  type Manifest,
  MAX_MANIFEST_BYTES,
} from "./manifest.ts";
import { parseManifest } from "./parse_manifest.ts";
import type { SourcePowers } from "./powers.ts";
import { MANIFEST_FILE } from "./source.ts";
import { cannotRead, sourceProblem, unreadable } from "./unreadable.ts";

async function withEntry(
  source: string,
  manifest: Manifest,
  file: Pick<JudgedManifest, "bytes" | "mark">,
  place: ManifestPlace,
  powers: SourcePowers,
): Promise<FoundPlugin> {
  try {
    const located = await locateEntry(source, manifest, place, powers);
    if (!located.ok) return unreadable(source, [located.problem], manifest.id);
    const { directory, entry } = located;
    return {
      ok: true,
      source,
      origin: "external",
      manifest,
      code: {
        kind: "module",
        specifier: entry,
        judged: {
          place: joinFilePath(directory, place.name),
          ...file,
          manifest,
          directory,
        },
      },
      directory,
      namedAfterId: fileName(directory) === manifest.id,
    };
  } catch (thrown) {
    return unreadable(source, [cannotRead(source, thrown)], manifest.id);
  }
}

async function readManifest(
  source: string,
  place: ManifestPlace,
  powers: SourcePowers,
): Promise<FoundPlugin> {
  const path = joinFilePath(place.directory, place.name);
  // Before it is opened: opening a pipe waits for somebody to write to it.
  const info = powers.stat(path);
  if (!info.isFile) {
    return unreadable(source, [
      sourceProblem(
        source,
        "its manifest is not a file",
        "Put the manifest there, as a file",
      ),
    ]);
  }
  const bytes = powers.readFile(path, MAX_MANIFEST_BYTES + 1);
  const file = { bytes, mark: markFile(info) };
  const decoded = decodeManifest(bytes);
  if (!decoded.ok) {
    const { problems, presumedId } = decoded;
    return { ...unreadable(source, problems), presumedId };
  }
  const parsed = await parseManifest(decoded.value);
  return parsed.ok
    ? await withEntry(source, parsed.manifest, file, place, powers)
    : unreadable(source, parsed.problems, parsed.id);
}

/**
 * Reads a manifest and finds the module that it names.
 *
 * Needs `read` permission for the manifest's directory. Never throws.
 *
 * @param source The source, for people.
 * @param place Where it is.
 * @param powers The file system and the permissions.
 * @returns What was found; `undefined` where nothing bears that name.
 */
export async function readManifestFile(
  source: string,
  place: ManifestPlace,
  powers: SourcePowers,
): Promise<FoundPlugin | undefined> {
  try {
    return await readManifest(source, place, powers);
  } catch (thrown) {
    const isAbsent = thrown instanceof Deno.errors.NotFound ||
      thrown instanceof Deno.errors.NotADirectory;
    if (!isAbsent) return unreadable(source, [cannotRead(source, thrown)]);
  }
  return isThere(joinFilePath(place.directory, place.name), powers)
    ? unreadable(source, [linkToNothing(source, "its manifest")])
    : undefined;
}

/**
 * A problem about a link that leads nowhere: somebody meant a plugin to be
 * there.
 *
 * @param source The source, for people.
 * @param subject What the link is.
 * @returns The problem.
 */
function linkToNothing(source: string, subject: string): Problem {
  return sourceProblem(
    source,
    `${subject} is a link to nothing`,
    "Bring back what it links to, or remove the link",
  );
}

function isThere(path: string, powers: SourcePowers): boolean {
  try {
    powers.lstat(path);
    return true;
  } catch {
    return false;
  }
}

function joinSource(source: string, name: string): string {
  if (/[\\/]$/.test(source)) return `${source}${name}`;
  return `${source}${isWindowsPath(source) ? "\\" : "/"}${name}`;
}

/** A name by which packages are kept together, as npm does it. */
function isScope(name: string): boolean {
  return name.startsWith("@");
}

function byName(one: Deno.DirEntry, other: Deno.DirEntry): number {
  return one.name < other.name ? -1 : 1;
}

async function readEntry(
  shown: string,
  { name, isSymlink }: Deno.DirEntry,
  parent: { readonly directory: string; readonly realDirectory: string },
  powers: SourcePowers,
): Promise<FoundPlugin | undefined> {
  const directory = joinFilePath(parent.directory, name);
  // What lies in a directory without links, and is none, is its own real path.
  const realDirectory = isSymlink
    ? undefined
    : joinFilePath(parent.realDirectory, name);
  const place = { directory, realDirectory, name: MANIFEST_FILE };
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

interface Names {
  readonly directory: string;
  readonly entries: readonly Deno.DirEntry[];
}

function namesIn(directory: string, powers: SourcePowers): Names {
  const entries = [...powers.readDirectory(directory)]
    .filter(({ name }) => !name.startsWith(".")).sort(byName);
  return { directory, entries };
}

/** Reads the plugins that lie in a directory, and in the scopes in it. */
async function readEntries(
  source: string,
  { directory, entries }: Names,
  powers: SourcePowers,
  known: ReadonlyMap<string, FoundPlugin>,
  isInScope = false,
): Promise<readonly FoundPlugin[]> {
  if (entries.length === 0) return [];
  const parent = { directory, realDirectory: powers.realPath(directory) };
  const plugins: FoundPlugin[] = [];
  for (const entry of entries) {
    if (entry.isFile) continue;
    const shown = joinSource(source, entry.name);
    const before = known.get(shown);
    // A bad one may be good by now, and a link may lead elsewhere.
    const plugin = before?.ok === true && !entry.isSymlink
      ? before
      : await readEntry(shown, entry, parent, powers);
    if (plugin !== undefined) plugins.push(plugin);
    else if (isScope(entry.name) && !isInScope) {
      const scope = joinFilePath(directory, entry.name);
      plugins.push(...await readScope(shown, scope, powers, known));
    }
  }
  return plugins;
}

async function readScope(
  source: string,
  directory: string,
  powers: SourcePowers,
  known: ReadonlyMap<string, FoundPlugin>,
): Promise<readonly FoundPlugin[]> {
  try {
    // A link to a file is no scope.
    if (!powers.stat(directory).isDirectory) return [];
    const names = namesIn(directory, powers);
    return await readEntries(source, names, powers, known, true);
  } catch (thrown) {
    return [unreadable(source, [cannotRead(source, thrown)])];
  }
}

/**
 * Reads the manifest of a directory, or those of the directories in it. Of a
 * directory `@scope`, the ones that it holds are read.
 *
 * Needs `read` permission for the directory.
 *
 * @param source The directory, for people.
 * @param directory Its absolute path.
 * @param powers The file system and the permissions.
 * @param known What was found before, by its source: good manifests are not read again.
 * @returns What was found, in the order of the directories' names.
 * @throws what listing the directory throws.
 */
export async function readDirectory(
  source: string,
  directory: string,
  powers: SourcePowers,
  known: ReadonlyMap<string, FoundPlugin>,
): Promise<readonly FoundPlugin[]> {
  const place = { directory, name: MANIFEST_FILE };
  const own = await readManifestFile(source, place, powers);
  if (own !== undefined) return [own];
  const names = namesIn(directory, powers);
  // A folder that waits for its first plugin is fine.
  if (names.entries.length === 0) return [];
  const plugins = await readEntries(source, names, powers, known);
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
