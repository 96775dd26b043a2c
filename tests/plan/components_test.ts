import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { components } from "../../src/plan/dependencies.ts";

type Graph = Readonly<Record<string, readonly string[]>>;

function componentsOf(graph: Graph): readonly (readonly string[])[] {
  return components(Object.keys(graph), (node) => graph[node] ?? []);
}

Deno.test("components() puts targets first, and keeps the order of the rest", () => {
  assertEquals(componentsOf({ a: [], b: [], c: [] }), [["a"], ["b"], ["c"]]);
  assertEquals(componentsOf({ a: ["c"], b: [], c: [] }), [["c"], ["a"], ["b"]]);
  assertEquals(componentsOf({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }), [
    ["d"],
    ["b"],
    ["c"],
    ["a"],
  ]);
});

Deno.test("components() groups the nodes of a cycle", () => {
  assertEquals(
    componentsOf({ a: ["b"], b: ["c"], c: ["a"], d: ["a"], e: ["e"] })
      .map((component) => component.toSorted()),
    [["a", "b", "c"], ["d"], ["e"]],
  );
});

Deno.test("components() finds the same as an exhaustive search", () => {
  const size = 7;
  const graph = fc.array(
    fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 }),
    { minLength: size, maxLength: size },
  );
  fc.assert(
    fc.property(graph, (edges) => {
      const nodes = edges.map((_, node) => node);
      const reach = nodes.map((start) => {
        const reached = new Set(edges[start]);
        for (const at of reached) edges[at]?.forEach((to) => reached.add(to));
        return reached;
      });
      const found = components(nodes, (node) => edges[node] ?? []);
      assertEquals(found.flat().toSorted(), nodes);
      const place = new Map(
        found.flatMap((component, index) =>
          component.map((node) => [node, index] as const)
        ),
      );
      for (const a of nodes) {
        for (const b of nodes) {
          const together = a === b ||
            (reach[a]?.has(b) === true && reach[b]?.has(a) === true);
          assertEquals(place.get(a) === place.get(b), together);
          if (reach[a]?.has(b) === true) {
            assert((place.get(b) ?? 0) <= (place.get(a) ?? 0));
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("components() takes linear time and does not overflow the stack", () => {
  const count = 200_000;
  const nodes = Array.from({ length: count }, (_, index) => index);
  const start = performance.now();
  const chain = components(nodes, (node) => node + 1 < count ? [node + 1] : []);
  assertEquals(chain.length, count);
  assertEquals(chain[0], [count - 1]);
  const cycle = components(nodes, (node) => [(node + 1) % count]);
  assertEquals(cycle.length, 1);
  assert(performance.now() - start < 10_000);
});
