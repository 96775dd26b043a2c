/** Finds the plugins that a change of one plugin concerns. */

import { allOf } from "../inspect/concerned_plugins.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Claim } from "./change_queue.ts";
import type { Parts } from "./host_parts.ts";

type ClaimParts = Parts<"inspector" | "registry">;

/** The requirements of each plugin, as its manifest was read and as it is live. */
function requirementsOf(
  parts: ClaimParts,
): ReadonlyMap<string, ReadonlySet<string>> | undefined {
  const { inspector: { reading }, registry } = parts;
  if (reading === undefined) return undefined;
  const requirements = new Map<string, Set<string>>();
  function add({ id, requires }: Manifest): void {
    const known = requirements.get(id) ?? new Set();
    requirements.set(id, known);
    for (const one of requires) known.add(one.id);
  }
  for (const found of allOf(reading)) if (found.ok) add(found.manifest);
  for (const { plugin } of registry.inOrder()) add(plugin.manifest);
  return requirements;
}

function reach(
  ids: Iterable<string>,
  next: (id: string) => Iterable<string>,
): Set<string> {
  const reached = new Set(ids);
  // A set that grows while it is walked is walked to its end.
  for (const id of reached) for (const one of next(id)) reached.add(one);
  return reached;
}

/**
 * Finds the plugins that a change concerns: the plugin, those that require it
 * if the change can end it, and what these require. Before the sources were
 * read it concerns the whole host.
 */
export function claimFor(
  parts: ClaimParts,
  id: string,
  canEnd: boolean,
): Claim {
  const requirements = requirementsOf(parts);
  if (requirements?.has(id) !== true) return "all";
  const dependents = (one: string) =>
    [...requirements].filter(([, needs]) => needs.has(one))
      .map(([dependent]) => dependent);
  const changes = canEnd ? reach([id], dependents) : new Set([id]);
  const needs = (one: string) => requirements.get(one) ?? [];
  return { changes, uses: reach(changes, needs).difference(changes) };
}

/** Finds what a load still concerns while these plugins are not loaded yet. */
export function claimForRest(
  parts: ClaimParts,
  ids: ReadonlySet<string>,
): Claim {
  const requirements = requirementsOf(parts);
  if (requirements === undefined) return "all";
  const needs = (one: string) => requirements.get(one) ?? [];
  return { changes: ids, uses: reach(ids, needs).difference(ids) };
}
