/** Orders plugins by their requirements, and finds cycles. */

import type { Requirement } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import type { KnownPlugin } from "../policy/facts.ts";

/**
 * Finds the strongly connected components of a graph (Tarjan, 1972), each after
 * all the components that it points to. Keeps its own stack, because a long
 * chain would overflow the engine's.
 */
export function components<Node>(
  nodes: readonly Node[],
  edges: (node: Node) => readonly Node[],
): readonly (readonly Node[])[] {
  const found: Node[][] = [];
  const order = new Map<Node, number>();
  const lowest = new Map<Node, number>();
  const open: Node[] = [];
  const isOpen = new Set<Node>();

  function enter(node: Node) {
    order.set(node, order.size);
    lowest.set(node, order.size - 1);
    open.push(node);
    isOpen.add(node);
    return { node, targets: edges(node), next: 0 };
  }

  function lower(node: Node, to: number | undefined) {
    lowest.set(node, Math.min(lowest.get(node) ?? 0, to ?? Infinity));
  }

  function close(node: Node) {
    if (lowest.get(node) !== order.get(node)) return;
    const component = open.splice(open.lastIndexOf(node));
    component.forEach((member) => isOpen.delete(member));
    found.push(component);
  }

  for (const root of nodes) {
    if (order.has(root)) continue;
    if (edges(root).length === 0) {
      order.set(root, order.size);
      found.push([root]);
      continue;
    }
    const path = [enter(root)];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const target = at.targets[at.next++];
      if (target === undefined) {
        path.pop();
        const parent = path.at(-1);
        if (parent) lower(parent.node, lowest.get(at.node));
        close(at.node);
      } else if (!order.has(target)) {
        path.push(enter(target));
      } else if (isOpen.has(target)) {
        lower(at.node, order.get(target));
      }
    }
  }
  return found;
}

/** The plugins that hold their id and can be read, by id. */
export type Claimants = ReadonlyMap<string, KnownPlugin>;

export interface LoadOrder {
  /** Every id, a dependency before its dependents. */
  readonly order: readonly string[];
  /** The cycle that an id is part of. */
  readonly cycles: ReadonlyMap<string, readonly string[]>;
  /** The ids that must be ready before an id, including optional ones. */
  readonly after: ReadonlyMap<string, readonly string[]>;
}

export function isRequired(requirement: Requirement): boolean {
  return requirement.optional !== true;
}

const NONE: readonly string[] = Object.freeze([]);

/** Returns the requirements of a plugin that are met. */
function metRequirements(
  plugin: KnownPlugin,
  claimants: Claimants,
): readonly Requirement[] {
  return plugin.manifest.requires.filter(({ id, version }) => {
    const other = claimants.get(id);
    return other !== undefined && isInRange(other.manifest.version, version);
  });
}

/** Returns the shortest cycle through the first id of a component, if it has one. */
function shortestCycle(
  component: readonly string[],
  required: (id: string) => readonly string[],
): readonly string[] | undefined {
  const start = component.reduce((first, id) => id < first ? id : first);
  const from = new Map<string, string>();
  const queue = [start];
  for (const at of queue) {
    for (const id of required(at)) {
      if (id === start) {
        const cycle = [start];
        for (let back = at; back !== start; back = from.get(back) ?? start) {
          cycle.push(back);
        }
        return [...cycle, start].reverse();
      }
      if (!from.has(id)) {
        from.set(id, at);
        queue.push(id);
      }
    }
  }
  return undefined;
}

/**
 * Orders plugins so that a dependency comes before its dependents. Independent
 * plugins keep their order. An optional requirement is ignored if it would
 * close a cycle.
 */
export function loadOrder(claimants: Claimants): LoadOrder {
  const required = new Map<string, ReadonlySet<string>>();
  const all = new Map<string, readonly string[]>();
  for (const [id, plugin] of claimants) {
    const requirements = metRequirements(plugin, claimants);
    if (requirements.length === 0) continue;
    required.set(
      id,
      new Set(requirements.filter(isRequired).map((one) => one.id)),
    );
    all.set(id, requirements.map((one) => one.id));
  }
  const order: string[] = [];
  const cycles = new Map<string, readonly string[]>();
  const after = new Map<string, readonly string[]>();
  const withOptional = components(
    [...claimants.keys()],
    (id) => all.get(id) ?? NONE,
  );
  for (const component of withOptional) {
    const [only] = component;
    if (component.length === 1 && only !== undefined && !all.has(only)) {
      order.push(only);
      after.set(only, NONE);
      continue;
    }
    const members = new Set(component);
    const requiredWithin = (id: string) =>
      [...required.get(id) ?? []].filter((other) => members.has(other));
    for (const inner of components(component, requiredWithin)) {
      const within = new Set(inner);
      const cycle = shortestCycle(
        inner,
        (id) => requiredWithin(id).filter((other) => within.has(other)),
      );
      for (const id of inner) {
        order.push(id);
        if (cycle !== undefined) cycles.set(id, cycle);
        after.set(
          id,
          (all.get(id) ?? []).filter((other) =>
            other !== id &&
            (!members.has(other) || required.get(id)?.has(other) === true)
          ),
        );
      }
    }
  }
  return { order, cycles, after };
}
