/**
 * Reading one `plugin.json` of this machine.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import { decodeManifest, MAX_MANIFEST_BYTES } from "./decode_manifest.ts";
import { fileName, joinPath } from "./file_url.ts";
import type { FoundPlugin } from "./found_plugin.ts";
import { locateEntry, type ManifestPlace } from "./locate_entry.ts";
import type { Manifest } from "./manifest.ts";
import { parseManifest } from "./parse_manifest.ts";
import type { SourcePowers } from "./powers.ts";
import { cannotRead, sourceProblem, unreadable } from "./unreadable.ts";

async function withEntry(
  source: string,
  manifest: Manifest,
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
      code: { kind: "module", specifier: entry },
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
  const path = joinPath(place.directory, place.name);
  // Before it is opened: opening a pipe waits for somebody to write to it.
  if (!powers.stat(path).isFile) {
    return unreadable(source, [
      sourceProblem(
        source,
        "its manifest is not a file",
        "Put the manifest there, as a file",
      ),
    ]);
  }
  const decoded = decodeManifest(powers.readFile(path, MAX_MANIFEST_BYTES + 1));
  const parsed = decoded.ok ? await parseManifest(decoded.value) : decoded;
  return parsed.ok
    ? await withEntry(source, parsed.manifest, place, powers)
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
  return isThere(joinPath(place.directory, place.name), powers)
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
export function linkToNothing(source: string, subject: string): Problem {
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
