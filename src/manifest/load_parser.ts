/**
 * Loads what validates manifests, when the first one is read.
 *
 * The schema library is most of what this package weighs at the start of a
 * process; a process that reads no manifest does not wait for it.
 *
 * @module
 */

import type { ManifestResult } from "./parse_manifest.ts";

type Parse = (value: unknown) => ManifestResult;

let loading: Promise<Parse> | undefined;

async function load(): Promise<Parse> {
  const { parseManifest } = await import("./parse_manifest.ts");
  return parseManifest;
}

/**
 * Loads the parser of manifests.
 *
 * @returns `parseManifest`.
 */
export function loadManifestParser(): Promise<Parse> {
  // Deno takes its time for an import of what is loaded already, too.
  return loading ??= load();
}
