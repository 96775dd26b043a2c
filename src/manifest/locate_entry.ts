/**
 * From the entry that a manifest names to the file that will be imported.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import { isWindowsPath } from "../permissions/permission_path.ts";
import { quote } from "../text.ts";
import { toFileUrl } from "./file_url.ts";
import type { Manifest } from "./manifest.ts";
import type { SourcePowers } from "./powers.ts";

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

async function realFile(
  url: URL,
  powers: SourcePowers,
): Promise<string | undefined> {
  try {
    const path = await powers.realPath(url);
    return await powers.isFile(path) ? path : undefined;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    if (thrown instanceof Deno.errors.NotADirectory) return undefined;
    throw thrown;
  }
}

/**
 * Finds the module that a manifest names, and holds it inside the plugin's
 * directory with symbolic links resolved on both sides.
 *
 * Needs `read` permission for the plugin's directory.
 *
 * @param manifest The manifest.
 * @param manifestUrl Where it was read, as a `file:` URL.
 * @param powers The file system.
 * @returns The module and the directory, or why there is none.
 */
export async function locateEntry(
  manifest: Manifest,
  manifestUrl: URL,
  powers: SourcePowers,
): Promise<EntryResult> {
  const entry = manifest.entry ?? "./mod.ts";
  // A colon in a file's name would be read as a scheme.
  const relative = entry.startsWith("./") ? entry : `./${entry}`;
  const [directory, file] = await Promise.all([
    powers.realPath(new URL(".", manifestUrl)),
    realFile(new URL(relative, manifestUrl), powers),
  ]);
  if (file === undefined) {
    return fail(
      `The entry ${quote(entry)} is not a file in the plugin's directory`,
      "Write the path of the plugin's module, relative to its manifest",
    );
  }
  const separator = isWindowsPath(directory) ? "\\" : "/";
  const inside = directory.endsWith(separator)
    ? directory
    : directory + separator;
  if (!file.startsWith(inside)) {
    return fail(
      `The entry ${quote(entry)} is a link out of the plugin's directory`,
      "Put the module itself into the plugin's directory",
    );
  }
  return { ok: true, entry: toFileUrl(file).href, directory };
}
