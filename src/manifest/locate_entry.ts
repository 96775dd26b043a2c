/**
 * From the entry that a manifest names to the file that will be imported.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { resolveEntry } from "./entry.ts";
import {
  fromFileUrl,
  joinFilePath,
  liesIn,
  toFileHref,
  toFileUrl,
} from "../base/file_url.ts";
import type { Manifest } from "./manifest.ts";
import type { SourcePowers } from "./powers.ts";
import { notGranted } from "./unreadable.ts";

/** Where a manifest is on this machine. */
export interface ManifestPlace {
  /** The absolute path of its directory. */
  readonly directory: string;
  /** That directory without symbolic links, where it is known already. */
  readonly realDirectory?: string | undefined;
  /** The manifest's name there. */
  readonly name: string;
}

/** What {@linkcode locateEntry} found. */
export type EntryResult =
  | {
    readonly ok: true;
    /** The module, as a `file:` URL without symbolic links. */
    readonly entry: string;
    /** The plugin's directory, without symbolic links. */
    readonly directory: string;
  }
  | { readonly ok: false; readonly problem: Problem };

function fail(message: string, remedy: string): EntryResult {
  return {
    ok: false,
    problem: Object.freeze({
      code: "PLUGIN_MANIFEST_INVALID",
      message,
      remedy,
      path: "entry",
    }),
  };
}

function isAbsence(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.NotFound ||
    thrown instanceof Deno.errors.NotADirectory;
}

function realPath(path: string, powers: SourcePowers): string | undefined {
  try {
    return powers.realPath(path);
  } catch (thrown) {
    if (isAbsence(thrown)) return undefined;
    throw thrown;
  }
}

// Names alone, which a URL and a path read alike.
const PLAIN_ENTRY_REGEXP = /^(?:\.\/)?((?:[\w-][\w.-]*\/)*[\w-][\w.-]*)$/;

function entryPath(entry: string, { directory, name }: ManifestPlace): string {
  const [, plain] = PLAIN_ENTRY_REGEXP.exec(entry) ?? [];
  if (plain !== undefined) return joinFilePath(directory, plain);
  const manifestUrl = toFileUrl(joinFilePath(directory, name));
  return fromFileUrl(resolveEntry(entry, manifestUrl));
}

/**
 * Finds the module that a manifest names, and holds it inside the plugin's
 * directory with symbolic links resolved on both sides.
 *
 * Needs `read` permission for the plugin's directory, by the path that it was
 * found by and by the one without symbolic links.
 *
 * @param source The source, for people.
 * @param manifest The manifest.
 * @param place Where it was read.
 * @param powers The file system and the permissions.
 * @returns The module and the directory, or why there is none.
 */
export async function locateEntry(
  source: string,
  manifest: Manifest,
  place: ManifestPlace,
  powers: SourcePowers,
): Promise<EntryResult> {
  const { entry = "./mod.ts" } = manifest;
  const directory = place.realDirectory ?? powers.realPath(place.directory);
  // Deno grants paths by their text: what a link leads to is another one.
  // Without a link it is the path that the manifest was read by just now.
  const isSamePath = place.realDirectory === place.directory;
  if (
    !isSamePath && !await powers.isGranted({ name: "read", path: directory })
  ) {
    return { ok: false, problem: notGranted(source, "read", directory) };
  }
  const file = realPath(entryPath(entry, place), powers);
  // Before anything else is asked about it: what lies outside may not be granted.
  if (file !== undefined && file !== directory && !liesIn(file, directory)) {
    return fail(
      `The entry ${quote(entry)} is a link out of the plugin's directory`,
      "Put the module itself into the plugin's directory",
    );
  }
  if (file === undefined || !powers.stat(file).isFile) {
    return fail(
      `The entry ${quote(entry)} is not a file in the plugin's directory`,
      "Write the path of the plugin's module, relative to its manifest",
    );
  }
  return { ok: true, entry: toFileHref(file), directory };
}
