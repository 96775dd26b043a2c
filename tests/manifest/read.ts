/** Reading a source in a test. */

import { assert, assertEquals, assertFalse } from "@std/assert";
import type { Problem } from "@semantik/plugins";
import type { FoundPlugin, ReadPlugin } from "../../src/manifest/manifest.ts";
import {
  denoSourceSystem,
  type SourceSystem,
} from "../../src/manifest/source_system.ts";
import { readSource } from "../../src/manifest/read_source.ts";

/** The real system, with some functions replaced. */
export function system(replaced: Partial<SourceSystem> = {}): SourceSystem {
  return { ...denoSourceSystem, ...replaced };
}

/** Reads a source that is one plugin, good or not. */
export async function readOne(
  source: string | URL,
  replaced: Partial<SourceSystem> = {},
): Promise<FoundPlugin> {
  const found = await readSource(source, "/nowhere", system(replaced));
  assertEquals(found.length, 1, JSON.stringify(found));
  const [one] = found;
  assert(one !== undefined);
  return one;
}

/** Reads a source that is one good plugin. */
export async function readGood(
  source: string | URL,
  replaced: Partial<SourceSystem> = {},
): Promise<ReadPlugin> {
  const found = await readOne(source, replaced);
  assert(found.ok, JSON.stringify(found));
  return found;
}

/** Reads a source that is not one good plugin: the one thing wrong with it. */
export async function readBad(
  source: string | URL,
  replaced: Partial<SourceSystem> = {},
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
