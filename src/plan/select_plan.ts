/**
 * The part of a plan that some plugins need. Pure.
 *
 * @module
 */

import type { Plan } from "./plan.ts";

/**
 * Cuts a plan down to a plugin and all that it requires, directly or not.
 *
 * @param plan The plan.
 * @param id The plugin.
 * @returns A plan of these steps alone, in the same order.
 */
export function selectPlan(plan: Plan, id: string): Plan {
  const needed = new Set([id]);
  for (const at of needed) {
    const requires = plan.claimants.get(at)?.manifest.requires ?? [];
    for (const requirement of requires) {
      if (requirement.optional !== true) needed.add(requirement.id);
    }
  }
  const steps = plan.steps.filter(({ plugin }) =>
    plugin !== undefined && needed.has(plugin.manifest.id)
  );
  const places = new Map<string, number>();
  steps.forEach(({ plugin }, place) => {
    if (plugin !== undefined) places.set(plugin.manifest.id, place);
  });
  return { ...plan, steps, places };
}
