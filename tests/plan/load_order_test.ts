import { assert, assertEquals } from "@std/assert";
import { type Claimants, loadOrder } from "../../src/plan/dependencies.ts";
import { plugin, type PluginParts } from "./facts.ts";

function claimants(
  plugins: Readonly<Record<string, PluginParts["requires"]>>,
): Claimants {
  return new Map(
    Object.entries(plugins).flatMap(([id, requires = []]) => {
      const { found } = plugin(id, { requires });
      return found.ok ? [[id, found] as const] : [];
    }),
  );
}

Deno.test("loadOrder() puts dependencies first, and keeps the order of the rest", () => {
  const { order, cycles, after } = loadOrder(claimants({
    a: ["d"],
    b: undefined,
    c: ["b", "a"],
    d: undefined,
  }));
  assertEquals(order, ["d", "a", "b", "c"]);
  assertEquals(cycles.size, 0);
  assertEquals(after.get("c"), ["b", "a"]);
  assertEquals(after.get("d"), []);
});

Deno.test("loadOrder() waits for optional requirements that are met", () => {
  const { order, after } = loadOrder(claimants({
    a: ["c?", "gone?", "b@^2?"],
    b: undefined,
    c: undefined,
  }));
  assertEquals(order, ["c", "a", "b"]);
  assertEquals(after.get("a"), ["c"]);
});

Deno.test("loadOrder() ignores an optional requirement that would close a cycle", async (t) => {
  await t.step("one way optional", () => {
    const { order, cycles, after } = loadOrder(claimants({
      a: ["b?"],
      b: ["a"],
    }));
    assertEquals(order, ["a", "b"]);
    assertEquals(cycles.size, 0);
    assertEquals(after.get("a"), []);
    assertEquals(after.get("b"), ["a"]);
  });
  await t.step("both ways optional", () => {
    const { order, cycles } = loadOrder(claimants({ a: ["b?"], b: ["a?"] }));
    assertEquals(order.toSorted(), ["a", "b"]);
    assertEquals(cycles.size, 0);
  });
  await t.step("itself, optional", () => {
    const { cycles, after } = loadOrder(claimants({ a: ["a?"] }));
    assertEquals(cycles.size, 0);
    assertEquals(after.get("a"), []);
  });
  await t.step("required ones still order within a larger cycle", () => {
    const { order, cycles } = loadOrder(claimants({
      a: ["b"],
      b: ["c?"],
      c: ["a"],
    }));
    assertEquals(order, ["b", "a", "c"]);
    assertEquals(cycles.size, 0);
  });
});

Deno.test("loadOrder() returns the same shortest cycle for all of its members", () => {
  const { cycles } = loadOrder(claimants({
    z: ["a"],
    c: ["a", "z"],
    a: ["b"],
    b: ["c", "a"],
    outside: ["a"],
    self: ["self"],
  }));
  assertEquals(cycles.get("self"), ["self", "self"]);
  for (const id of ["a", "b", "c", "z"]) {
    assertEquals(cycles.get(id), ["a", "b", "a"]);
  }
  assertEquals(cycles.has("outside"), false);
});

Deno.test("loadOrder() separates two cycles joined by an optional requirement", () => {
  const { cycles } = loadOrder(claimants({
    a: ["b"],
    b: ["a", "c?"],
    c: ["d"],
    d: ["c", "a?"],
  }));
  assertEquals(cycles.get("a"), ["a", "b", "a"]);
  assertEquals(cycles.get("d"), ["c", "d", "c"]);
});

Deno.test("loadOrder() ignores an unmet version in a cycle", () => {
  const { cycles } = loadOrder(claimants({ a: ["b@^2"], b: ["a"] }));
  assertEquals(cycles.size, 0);
});

Deno.test("loadOrder() handles a cycle of 10,000 plugins", () => {
  const count = 10_000;
  const start = performance.now();
  const { cycles } = loadOrder(claimants(Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`p${i}`, [`p${(i + 1) % count}`]]),
  )));
  assertEquals(cycles.get("p5")?.length, count + 1);
  assert(performance.now() - start < 5_000);
});
