/**
 * Gathers the facts about one plugin without reading every manifest again.
 *
 * @module
 */

import type { FoundPlugin } from "../manifest/manifest.ts";
import { allOf } from "./claims.ts";
import type { HostCore, Reading } from "./core.ts";
import { type Facts, gatherFacts, readAll } from "./gather_facts.ts";

function idOf(found: FoundPlugin): string | undefined {
  return found.ok ? found.manifest.id : found.id;
}

/**
 * Collects the plugin and what it requires, and what that requires in turn.
 *
 * @returns The ids; `undefined` when one of them was not found.
 */
function concernedIds(
  reading: Reading,
  id: string,
): ReadonlySet<string> | undefined {
  const byId = Map.groupBy(allOf(reading), idOf);
  const ids = new Set([id]);
  if (!byId.has(id)) return undefined;
  // What is added on the way is visited as well.
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

/** Selects what is taken over from a reading, by source: all that is not concerned. */
function knownIn(
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

/** All that is said about certain ids, as one text. */
function claimsTo(reading: Reading, ids: ReadonlySet<string>): string {
  return JSON.stringify(
    allOf(reading).filter((found) => ids.has(idOf(found) ?? ""))
      .map((found) =>
        found.ok && found.code.kind === "object"
          ? { ...found, code: undefined }
          : found
      ),
  );
}

/**
 * Reads what concerns a plugin: its manifest, those of what it requires, those
 * that claim one of these ids, and what is new in a directory of plugins. The
 * rest is taken over from the last reading. When an id was not found there, or
 * a claim is another one now, everything is read.
 */
async function readConcerned(
  core: HostCore,
  id: string,
  hasBroker: boolean,
): Promise<Reading> {
  const { settings, reading: before } = core;
  const ids = before && concernedIds(before, id);
  if (before === undefined || ids === undefined) {
    return await readAll(settings, hasBroker);
  }
  const now = await readAll(settings, hasBroker, knownIn(before, ids));
  return claimsTo(now, ids) === claimsTo(before, ids)
    ? now
    : await readAll(settings, hasBroker);
}

/**
 * Gathers the facts of this moment, to decide about one plugin.
 *
 * @param core The host.
 * @param id The plugin.
 * @returns Everything that a plan depends on. The manifests of plugins that
 * this one does not concern are those of the last reading.
 */
export function gatherFactsAbout(core: HostCore, id: string): Promise<Facts> {
  return gatherFacts(
    core,
    (hasBroker) => readConcerned(core, id, hasBroker),
  );
}
