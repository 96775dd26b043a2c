/**
 * From a value of unknown shape to a manifest, or to everything that is wrong
 * with it.
 *
 * @module
 */

import { readPlainManifest } from "./read_plain_manifest.ts";
import type { ManifestResult } from "./validate_manifest.ts";

type Validate = (value: unknown) => ManifestResult;

let loading: Promise<Validate> | undefined;

async function loadValidation(): Promise<Validate> {
  const { validateManifest } = await import("./validate_manifest.ts");
  return validateManifest;
}

/**
 * Reads a manifest out of a value of unknown shape.
 *
 * The value is copied, so that changing it later changes nothing. Whatever the
 * value is, what comes back is a result.
 *
 * What validates by the schema is loaded with the first value that is not
 * plainly a good manifest.
 *
 * @param value What `JSON.parse`, a JSON module or a host handed over.
 * @returns The manifest, frozen, or every problem at once.
 */
export async function parseManifest(value: unknown): Promise<ManifestResult> {
  const manifest = readPlainManifest(value);
  if (manifest !== undefined) return { ok: true, manifest };
  // Deno takes its time for an import of what is loaded already, too.
  const validateManifest = await (loading ??= loadValidation());
  return validateManifest(value);
}
