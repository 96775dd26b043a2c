/**
 * How plugins require each other: who comes first, and who runs in circles.
 *
 * @module
 */

import type { Requirement } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import type { KnownPlugin } from "../policy/facts.ts";

/**
 * Finds the strongly connected components of a graph (Tarjan, 1972), each after
 * all the components that it points to.
 *
 * With edges that point from a plugin to what it requires, that is an order to
 * load in, and a component of more than one node is a circle. It keeps its own
 * stack, so that a long chain does not overflow the engine's.
 *
 * @param nodes The nodes; ties are broken by their order.
 * @param edges The nodes that a node points to.
 * @returns The components, in order.
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

/** The plugins that bear their id alone, by id. */
export type Claimants = ReadonlyMap<string, KnownPlugin>;

/** An order to load in, and the circles that forbid any. */
export interface LoadOrder {
  /** Every id, a dependency before what depends on it. */
  readonly order: readonly string[];
  /** The circle that an id is in. */
  readonly circles: ReadonlyMap<string, readonly string[]>;
  /** The ids that must be ready before an id, optional ones included. */
  readonly after: ReadonlyMap<string, readonly string[]>;
}

/**
 * Whether a plugin cannot do without what it requires.
 *
 * @param requirement What it requires.
 * @returns Whether it cannot.
 */
export function isRequired(requirement: Requirement): boolean {
  return requirement.optional !== true;
}

const NONE: readonly string[] = Object.freeze([]);

/** A plugin's requirements that are there, at a version that will do. */
function present(
  plugin: KnownPlugin,
  claimants: Claimants,
): readonly Requirement[] {
  return plugin.manifest.requires.filter(({ id, version }) => {
    const other = claimants.get(id);
    return other !== undefined && isInRange(other.manifest.version, version);
  });
}

/** One way round a circle: the shortest from its first member to itself. */
function wayRound(
  circle: readonly string[],
  required: (id: string) => readonly string[],
): readonly string[] {
  const start = circle.reduce((first, id) => id < first ? id : first);
  const from = new Map<string, string>();
  const queue = [start];
  for (const at of queue) {
    for (const id of required(at)) {
      if (id === start) {
        const way = [start];
        for (let back = at; back !== start; back = from.get(back) ?? start) {
          way.push(back);
        }
        return [...way, start].reverse();
      }
      if (!from.has(id)) {
        from.set(id, at);
        queue.push(id);
      }
    }
  }
  return circle;
}

/**
 * Orders plugins so that a dependency comes before what depends on it. What is
 * independent stays in the order it came in.
 *
 * An optional requirement only orders: where it would close a circle, it is
 * passed over.
 *
 * @param claimants The plugins.
 * @returns The order, and the circles.
 */
export function loadOrder(claimants: Claimants): LoadOrder {
  const required = new Map<string, ReadonlySet<string>>();
  const all = new Map<string, readonly string[]>();
  for (const [id, plugin] of claimants) {
    const requirements = present(plugin, claimants);
    if (requirements.length === 0) continue;
    required.set(
      id,
      new Set(requirements.filter(isRequired).map((one) => one.id)),
    );
    all.set(id, requirements.map((one) => one.id));
  }
  const order: string[] = [];
  const circles = new Map<string, readonly string[]>();
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
    for (const circle of components(component, requiredWithin)) {
      const [first] = circle;
      const isCircle = circle.length > 1 ||
        (first !== undefined && required.get(first)?.has(first) === true);
      const within = new Set(circle);
      const way = isCircle
        ? wayRound(
          circle,
          (id) => requiredWithin(id).filter((other) => within.has(other)),
        )
        : [];
      for (const id of circle) {
        order.push(id);
        if (isCircle) circles.set(id, way);
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
  return { order, circles, after };
}
