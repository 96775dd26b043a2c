/** The graph of plugins and their requirements, for diagrams. */

import type { Manifest } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import { components, isRequired } from "./dependencies.ts";

/** The part of a manifest that the graph depends on. */
export type GraphedPlugin = Pick<Manifest, "id" | "version" | "requires">;

/** A plugin in the graph. */
export interface GraphNode {
  readonly id: string;
  /** False if other plugins require it, and no plugin has this id. */
  readonly isKnown: boolean;
  /** The length of the longest chain of requirements below it; a cycle shares one layer. */
  readonly layer: number;
}

/** A requirement in the graph. */
export interface GraphEdge {
  /** The plugin that requires the other. */
  readonly from: string;
  /** The required plugin. */
  readonly to: string;
  /** The accepted versions, as a semver range. */
  readonly range: string;
  readonly isOptional: boolean;
  /** True if there is a plugin of an accepted version. */
  readonly isMet: boolean;
  /** True if the requirement is a part of a cycle. */
  readonly isInCycle: boolean;
}

/** Plugins and their requirements, in the order of the plugins. */
export interface DependencyGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Makes the graph of plugins. The first plugin of an id counts. */
export function dependencyGraph(
  plugins: readonly GraphedPlugin[],
): DependencyGraph {
  const known = new Map<string, GraphedPlugin>();
  for (const plugin of plugins) {
    if (!known.has(plugin.id)) known.set(plugin.id, plugin);
  }
  const requires = (id: string) => known.get(id)?.requires ?? [];
  const ids = new Set(known.keys());
  for (const id of known.keys()) {
    requires(id).forEach((one) => ids.add(one.id));
  }
  const layers = new Map<string, number>();
  const cycleOf = new Map<string, readonly string[]>();
  const groups = components(
    [...ids],
    (id) => requires(id).map((one) => one.id),
  );
  // Each component comes after those that it points to.
  for (const group of groups) {
    const members = new Set(group);
    const below = group.flatMap((id) => requires(id).map((one) => one.id))
      .filter((id) => !members.has(id))
      .map((id) => (layers.get(id) ?? 0) + 1);
    const layer = below.reduce((most, one) => Math.max(most, one), 0);
    for (const id of group) {
      layers.set(id, layer);
      cycleOf.set(id, group);
    }
  }
  const edges = [...known.values()].flatMap(({ id: from, requires }) =>
    requires.map((requirement): GraphEdge => {
      const { id: to, version: range } = requirement;
      const other = known.get(to);
      return {
        from,
        to,
        range,
        isOptional: !isRequired(requirement),
        isMet: other !== undefined && isInRange(other.version, range),
        isInCycle: cycleOf.get(from) === cycleOf.get(to),
      };
    })
  );
  const nodes = [...ids].map((id): GraphNode => ({
    id,
    isKnown: known.has(id),
    layer: layers.get(id) ?? 0,
  }));
  return { nodes, edges };
}
