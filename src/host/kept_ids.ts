/**
 * Finds the ids of plugins whose manifests cannot be used. They keep them: no
 * later source gets their configuration and their data.
 *
 * @module
 */

import type { UnreadablePlugin } from "../manifest/manifest.ts";
import { inferIdFromSource } from "../manifest/infer_id.ts";
import type { KeptId } from "../plan/plan.ts";
import type { HostCore } from "./core.ts";

/**
 * Finds the ids that a plugin keeps whose manifest cannot be used: the one that
 * it had and the one that it names, or else the name of its directory.
 *
 * @param core The host.
 * @param found What reading it gave.
 * @param sourceIndex The place of its source.
 * @returns The ids.
 */
export function keptIds(
  { settings, seenIds }: HostCore,
  { id, inferredId, origin, source }: UnreadablePlugin,
  sourceIndex: number,
): readonly KeptId[] {
  const presumed = origin === "external"
    ? inferIdFromSource(source, settings.workingDirectory)
    : undefined;
  const known = new Set(seenIds.of(sourceIndex, source));
  const named = id ?? inferredId;
  if (named !== undefined) known.add(named);
  if (known.size === 0 && presumed !== undefined) known.add(presumed);
  return [...known].map((one) => ({
    id: one,
    namedAfterId: one === presumed,
  }));
}
