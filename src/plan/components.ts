/**
 * Which nodes of a graph need each other, and in which order the rest can go.
 *
 * @module
 */

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
