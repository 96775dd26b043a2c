/**
 * Loads what validates manifests, when the first one is read.
 *
 * The schema library is most of what this package weighs at the start of a
 * process; a process that reads no manifest does not wait for it.
 *
 * @module
 */

import type { ManifestResult } from "./parse_manifest.ts";

/**
 * Loads the parser of manifests.
 *
 * @returns `parseManifest`.
 */
export async function loadManifestParser(): Promise<
  (value: unknown) => ManifestResult
> {
  const { parseManifest } = await import("./parse_manifest.ts");
  return parseManifest;
}
