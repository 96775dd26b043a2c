import type { Problem } from "../base/errors.ts";

import {
  isWindowsPath,
  joinFilePath,
  MANIFEST_FILE,
  stampFile,
} from "../base/path.ts";
import { decodeManifest } from "./decode_manifest.ts";
import { isAbsence, locateEntry, type ManifestPlace } from "./entry.ts";
import {
  type FoundPlugin,
  type JudgedManifest,
  type Manifest,
  MAX_MANIFEST_BYTES,
} from "./manifest.ts";
import { parseManifest } from "./parse_manifest.ts";
import type { SourceSystem } from "./source_system.ts";
import {
  cannotRead,
  missingPermission,
  readable,
  sourceProblem,
  unreadable,
} from "./found_plugin.ts";

function withEntry(
  source: string,
  manifest: Manifest,
  file: Pick<JudgedManifest, "bytes" | "stamp">,
  place: ManifestPlace,
  system: SourceSystem,
): FoundPlugin {
  try {
    const located = locateEntry(source, manifest, place, system);
    if (!located.ok) return unreadable(source, [located.problem], manifest.id);
    const { directory, entry } = located;
    const path = joinFilePath(directory, place.name);
    const judged = { place: path, ...file, manifest, directory };
    return readable(source, entry, judged);
  } catch (thrown) {
    const problem = cannotRead(source, thrown, system);
    return unreadable(source, [problem], manifest.id);
  }
}

function readManifest(
  source: string,
  place: ManifestPlace,
  system: SourceSystem,
): FoundPlugin {
  const path = joinFilePath(place.directory, place.name);
  // Before it is opened: opening a pipe waits for a writer.
  const info = system.stat(path);
  if (!info.isFile) {
    return unreadable(source, [
      sourceProblem(
        source,
        "its manifest is not a file",
        "Put the manifest there, as a file",
      ),
    ]);
  }
  const bytes = system.readFile(path, MAX_MANIFEST_BYTES + 1);
  const decoded = decodeManifest(bytes);
  if (!decoded.ok) {
    const { problems, inferredId } = decoded;
    return { ...unreadable(source, problems), inferredId };
  }
  const parsed = parseManifest(decoded.value);
  if (!parsed.ok) return unreadable(source, parsed.problems, parsed.id);
  const file = { bytes, stamp: stampFile(info) };
  return withEntry(source, parsed.manifest, file, place, system);
}

/** Reads a manifest. Returns `undefined` when it does not exist, and never throws. */
export function readManifestFile(
  source: string,
  place: ManifestPlace,
  system: SourceSystem,
): FoundPlugin | undefined {
  try {
    return readManifest(source, place, system);
  } catch (thrown) {
    const problem = findProblem(source, place, thrown, system);
    return problem === undefined ? undefined : unreadable(source, [problem]);
  }
}

function findProblem(
  source: string,
  { directory, name }: ManifestPlace,
  thrown: unknown,
  system: SourceSystem,
): Problem | undefined {
  const path = joinFilePath(directory, name);
  const isAbsent = isAbsence(thrown);
  if (isAbsent || thrown instanceof Deno.errors.NotCapable) {
    // The whole directory is needed, not only the first file that is denied. To
    // a process with --ignore-read, a file does not exist.
    for (const value of [directory, path]) {
      const entry = { kind: "read", value } as const;
      const missing = missingPermission(source, entry, system);
      if (missing !== undefined) return missing;
    }
  }
  if (!isAbsent) return cannotRead(source, thrown, system);
  return isThere(path, system)
    ? danglingLink(source, "its manifest")
    : undefined;
}

// Somebody meant a plugin to be there.
function danglingLink(source: string, subject: string): Problem {
  return sourceProblem(
    source,
    `${subject} is a link to nothing`,
    "Bring back what it links to, or remove the link",
  );
}

function isThere(path: string, system: SourceSystem): boolean {
  try {
    system.lstat(path);
    return true;
  } catch {
    return false;
  }
}

function joinSource(source: string, name: string): string {
  if (/[\\/]$/.test(source)) return `${source}${name}`;
  return `${source}${isWindowsPath(source) ? "\\" : "/"}${name}`;
}

function readEntry(
  shown: string,
  { name, isSymlink }: Deno.DirEntry,
  parent: { readonly directory: string; readonly realDirectory: string },
  system: SourceSystem,
): FoundPlugin | undefined {
  const directory = joinFilePath(parent.directory, name);
  // An entry that is no link, of a directory without links, is its own real path.
  const realDirectory = isSymlink
    ? undefined
    : joinFilePath(parent.realDirectory, name);
  const place = { directory, realDirectory, name: MANIFEST_FILE };
  const found = readManifestFile(shown, place, system);
  if (found !== undefined || !isSymlink) return found;
  try {
    system.stat(directory);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      return unreadable(shown, [danglingLink(shown, "it")]);
    }
  }
  // A link to a file is not a plugin.
  return undefined;
}

function listEntries(
  directory: string,
  system: SourceSystem,
): readonly Deno.DirEntry[] {
  return [...system.readDirectory(directory)]
    .filter(({ name }) => !name.startsWith("."))
    .sort((one, other) => one.name < other.name ? -1 : 1);
}

/** Reads the plugins in a directory, and in its scopes: `@scope/name`, as npm does. */
function readEntries(
  source: string,
  directory: string,
  entries: readonly Deno.DirEntry[],
  system: SourceSystem,
  known: ReadonlyMap<string, FoundPlugin>,
  isInScope = false,
): readonly FoundPlugin[] {
  if (entries.length === 0) return [];
  const parent = { directory, realDirectory: system.realPath(directory) };
  const plugins: FoundPlugin[] = [];
  for (const entry of entries) {
    if (entry.isFile) continue;
    const shown = joinSource(source, entry.name);
    const before = known.get(shown);
    // A bad one may be good by now, and a link may have another target.
    const plugin = before?.ok === true && !entry.isSymlink
      ? before
      : readEntry(shown, entry, parent, system);
    if (plugin !== undefined) plugins.push(plugin);
    else if (entry.name.startsWith("@") && !isInScope) {
      const scope = joinFilePath(directory, entry.name);
      plugins.push(...readScope(shown, scope, system, known));
    }
  }
  return plugins;
}

function readScope(
  source: string,
  directory: string,
  system: SourceSystem,
  known: ReadonlyMap<string, FoundPlugin>,
): readonly FoundPlugin[] {
  try {
    // A link to a file is not a scope.
    if (!system.stat(directory).isDirectory) return [];
    const entries = listEntries(directory, system);
    return readEntries(source, directory, entries, system, known, true);
  } catch (thrown) {
    return [unreadable(source, [cannotRead(source, thrown, system)])];
  }
}

/**
 * Reads the manifest of a directory, or those of the directories in it, by name.
 *
 * @param known Results of an earlier reading, by source: good manifests are not read again.
 * @throws the error of listing the directory.
 */
export function readDirectory(
  source: string,
  directory: string,
  system: SourceSystem,
  known: ReadonlyMap<string, FoundPlugin>,
): readonly FoundPlugin[] {
  const place = { directory, name: MANIFEST_FILE };
  const own = readManifestFile(source, place, system);
  if (own !== undefined) return [own];
  const entries = listEntries(directory, system);
  // A directory that waits for its first plugin is fine.
  if (entries.length === 0) return [];
  const plugins = readEntries(source, directory, entries, system, known);
  if (plugins.length > 0) return plugins;
  // A directory that contains no plugin is most likely the wrong one.
  return [unreadable(source, [
    sourceProblem(
      source,
      `neither it nor a directory in it holds a ${MANIFEST_FILE}`,
      `Name the directory of a ${MANIFEST_FILE}, or one above it`,
    ),
  ])];
}
