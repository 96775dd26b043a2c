/** Manifests for tests. */

import { assert, assertFalse } from "@std/assert";
import type { Problem } from "../../src/errors.ts";
import type { Manifest } from "../../src/manifest/manifest.ts";
import { parseManifest } from "../../src/manifest/parse_manifest.ts";

/** What every manifest has to say. */
export const LEAST = { id: "a", type: "test", version: "1.0.0" };

/** The manifest that a value is read as. */
export function manifestOf(value: unknown): Manifest {
  const result = parseManifest(value);
  assert(result.ok, JSON.stringify(result));
  return result.manifest;
}

/** What is wrong with a value. */
export function problemsOf(value: unknown): readonly Problem[] {
  const result = parseManifest(value);
  assertFalse(result.ok);
  return result.problems;
}

/** What is wrong with the least manifest and some more fields: path, message and remedy. */
export function faultsOf(
  fields: Readonly<Record<string, unknown>>,
): readonly (readonly [string | undefined, string, string])[] {
  return problemsOf({ ...LEAST, ...fields }).map(
    ({ path, message, remedy }) => [path, message, remedy],
  );
}
