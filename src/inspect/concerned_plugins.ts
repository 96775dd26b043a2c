/** Finds the plugins that a decision about one plugin depends on. */

import type { FoundPlugin } from "../manifest/manifest.ts";

/** The plugins found in the builtins and in each source, in their order. */
export interface Reading {
  readonly builtins: readonly FoundPlugin[];
  readonly sources: readonly (readonly FoundPlugin[])[];
}

/** Lists everything that a reading found. */
export function allOf({ builtins, sources }: Reading): readonly FoundPlugin[] {
  return [builtins, ...sources].flat();
}

function idOf(found: FoundPlugin): string | undefined {
  return found.ok ? found.manifest.id : found.id;
}

/** Collects a plugin and all its requirements; `undefined` if one was not found. */
export function concernedIds(
  reading: Reading,
  id: string,
): ReadonlySet<string> | undefined {
  const byId = Map.groupBy(allOf(reading), idOf);
  const ids = new Set([id]);
  if (!byId.has(id)) return undefined;
  // The loop also visits the ids that it adds.
  for (const one of ids) {
    for (const found of byId.get(one) ?? []) {
      if (!found.ok) continue;
      for (const { id: other, optional } of found.manifest.requires) {
        if (byId.has(other)) ids.add(other);
        else if (optional !== true) return undefined;
      }
    }
  }
  return ids;
}

/** Returns the plugins that need not be read again, by source. */
export function unconcerned(
  { sources }: Reading,
  ids: ReadonlySet<string>,
): readonly ReadonlyMap<string, FoundPlugin>[] {
  return sources.map((plugins) =>
    new Map(
      plugins.filter((found) => !ids.has(idOf(found) ?? ""))
        .map((found) => [found.source, found]),
    )
  );
}

/** Returns all claims to some ids as text, to compare two readings. */
export function claimsTo(reading: Reading, ids: ReadonlySet<string>): string {
  return JSON.stringify(
    allOf(reading).filter((found) => ids.has(idOf(found) ?? ""))
      .map((found) =>
        found.ok && found.code.kind === "object"
          ? { ...found, code: undefined }
          : found
      ),
  );
}
