/** Manifests for tests. */

import { assert, assertEquals, assertFalse } from "@std/assert";
import type { Manifest, Problem } from "@semantik/plugins";
import {
  type ManifestResult,
  parseManifest,
} from "../../src/manifest/parse_manifest.ts";

/** The required fields of a manifest. */
export const LEAST = { id: "a", type: "test", version: "1.0.0" };

/** Reads a value, and checks that reading the result again changes nothing. */
export function resultOf(value: unknown): ManifestResult {
  const result = parseManifest(value);
  if (result.ok) assertEquals(parseManifest(result.manifest), result);
  return result;
}

/** The manifest that a value is read as. */
export function manifestOf(value: unknown): Manifest {
  const result = resultOf(value);
  assert(result.ok, JSON.stringify(result));
  return result.manifest;
}

/** The problems of a value. */
export function problemsOf(value: unknown): readonly Problem[] {
  const result = resultOf(value);
  assertFalse(result.ok);
  return result.problems;
}

/** The path, message and remedy of each problem of the least manifest with more fields. */
export function faultsOf(
  fields: Readonly<Record<string, unknown>>,
): readonly (readonly [string | undefined, string, string])[] {
  return problemsOf({ ...LEAST, ...fields }).map(
    ({ path, message, remedy }) => [path, message, remedy],
  );
}
