import { assertEquals } from "@std/assert";
import {
  dependencyGraph,
  type GraphedPlugin,
} from "../../src/plan/dependency_graph.ts";

function plugin(
  id: string,
  ...requires: readonly GraphedPlugin["requires"][number][]
): GraphedPlugin {
  return { id, version: "1.2.0", requires };
}

Deno.test("dependencyGraph() puts each plugin above those that it requires", () => {
  const { edges, nodes } = dependencyGraph([
    plugin("top", { id: "middle", version: "^1.0.0" }, {
      id: "base",
      version: "^1.0.0",
      optional: true,
    }),
    plugin("middle", { id: "base", version: "^2.0.0" }, {
      id: "nobody",
      version: "*",
    }),
    plugin("base"),
    // A duplicate does not count.
    plugin("base", { id: "top", version: "*" }),
  ]);
  assertEquals(nodes, [
    { id: "top", isKnown: true, layer: 2 },
    { id: "middle", isKnown: true, layer: 1 },
    { id: "base", isKnown: true, layer: 0 },
    { id: "nobody", isKnown: false, layer: 0 },
  ]);
  const ordinary = { isOptional: false, isInCycle: false };
  assertEquals(edges, [
    { from: "top", to: "middle", range: "^1.0.0", isMet: true, ...ordinary },
    {
      from: "top",
      to: "base",
      range: "^1.0.0",
      isMet: true,
      ...ordinary,
      isOptional: true,
    },
    { from: "middle", to: "base", range: "^2.0.0", isMet: false, ...ordinary },
    { from: "middle", to: "nobody", range: "*", isMet: false, ...ordinary },
  ]);
});

Deno.test("dependencyGraph() marks cycles, and keeps long chains", () => {
  const { edges, nodes } = dependencyGraph([
    plugin("a", { id: "b", version: "*" }),
    plugin("b", { id: "a", version: "*" }, { id: "c", version: "*" }),
    plugin("c", { id: "c", version: "*" }),
  ]);
  assertEquals(nodes.map(({ layer }) => layer), [1, 1, 0]);
  assertEquals(
    edges.map(({ from, isInCycle, to }) => [from, to, isInCycle]),
    [["a", "b", true], ["b", "a", true], ["b", "c", false], ["c", "c", true]],
  );
  const chain = Array.from(
    { length: 2_000 },
    (_, index) => plugin(`p${index}`, { id: `p${index + 1}`, version: "*" }),
  );
  assertEquals(dependencyGraph(chain).nodes[0]?.layer, 2_000);
});
