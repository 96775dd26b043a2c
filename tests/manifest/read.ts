/** Reading a source in a test. */

import { assert, assertEquals, assertFalse } from "@std/assert";
import type { Problem } from "../../src/base/errors.ts";
import type { FoundPlugin, ReadPlugin } from "../../src/manifest/manifest.ts";
import {
  denoSourcePowers,
  type SourcePowers,
} from "../../src/manifest/powers.ts";
import { readSource } from "../../src/manifest/read_source.ts";

/** The real powers, some of them replaced. */
export function powers(replaced: Partial<SourcePowers> = {}): SourcePowers {
  return { ...denoSourcePowers, ...replaced };
}

/** Reads a source that is one plugin, good or not. */
export async function readOne(
  source: string | URL,
  replaced: Partial<SourcePowers> = {},
): Promise<FoundPlugin> {
  const found = await readSource(source, "/nowhere", powers(replaced));
  assertEquals(found.length, 1, JSON.stringify(found));
  const [one] = found;
  assert(one !== undefined);
  return one;
}

/** Reads a source that is one good plugin. */
export async function readGood(
  source: string | URL,
  replaced: Partial<SourcePowers> = {},
): Promise<ReadPlugin> {
  const found = await readOne(source, replaced);
  assert(found.ok, JSON.stringify(found));
  return found;
}

/** Reads a source that is not one good plugin: the one thing wrong with it. */
export async function readBad(
  source: string | URL,
  replaced: Partial<SourcePowers> = {},
): Promise<Problem & { readonly id: string | undefined }> {
  const found = await readOne(source, replaced);
  assertFalse(found.ok, JSON.stringify(found));
  assertEquals(found.problems.length, 1, JSON.stringify(found.problems));
  const [problem] = found.problems;
  assert(problem !== undefined && problem.remedy.length > 0);
  return { ...problem, id: found.id };
}

/** The module that a plugin's code is in. */
export function specifierOf({ code }: ReadPlugin): string {
  assert(code.kind === "module");
  return code.specifier;
}
