/** Finds the plugins that a change of one plugin concerns. */

import { allOf } from "../inspect/concerned_plugins.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Claim } from "./change_queue.ts";
import type { Parts } from "./host_parts.ts";

type ClaimParts = Parts<"inspector" | "registry">;

/** Returns the requirements of each plugin, by its last manifest and its live one. */
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
  // Iterating over a set visits the members that are added meanwhile.
  for (const id of reached) for (const one of next(id)) reached.add(one);
  return reached;
}

function claimOf(
  requirements: ReadonlyMap<string, ReadonlySet<string>>,
  changes: ReadonlySet<string>,
): Claim {
  const needs = (one: string) => requirements.get(one) ?? [];
  return { changes, uses: reach(changes, needs).difference(changes) };
}

/**
 * Finds the plugins that a change concerns: the plugin, its dependents if the
 * change can end it, and the requirements of them all. Before the sources were
 * read, that is the whole host.
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
  return claimOf(
    requirements,
    canEnd ? reach([id], dependents) : new Set([id]),
  );
}

/** Finds the plugins that a load still concerns while these are not loaded. */
export function claimForRest(
  parts: ClaimParts,
  ids: ReadonlySet<string>,
): Claim {
  const requirements = requirementsOf(parts);
  return requirements === undefined ? "all" : claimOf(requirements, ids);
}
