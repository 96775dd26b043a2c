import { assert, assertEquals } from "@std/assert";
import { type Claimants, loadOrder } from "../../src/plan/load_order.ts";
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
  const { order, circles, after } = loadOrder(claimants({
    a: ["d"],
    b: undefined,
    c: ["b", "a"],
    d: undefined,
  }));
  assertEquals(order, ["d", "a", "b", "c"]);
  assertEquals(circles.size, 0);
  assertEquals(after.get("c"), ["b", "a"]);
  assertEquals(after.get("d"), []);
});

Deno.test("loadOrder() waits for optional ones that are there, at a version that will do", () => {
  const { order, after } = loadOrder(claimants({
    a: ["c?", "gone?", "b@^2?"],
    b: undefined,
    c: undefined,
  }));
  assertEquals(order, ["c", "a", "b"]);
  assertEquals(after.get("a"), ["c"]);
});

Deno.test("loadOrder() passes over an optional requirement that would close a circle", async (t) => {
  await t.step("one way optional", () => {
    const { order, circles, after } = loadOrder(claimants({
      a: ["b?"],
      b: ["a"],
    }));
    assertEquals(order, ["a", "b"]);
    assertEquals(circles.size, 0);
    assertEquals(after.get("a"), []);
    assertEquals(after.get("b"), ["a"]);
  });
  await t.step("both ways optional", () => {
    const { order, circles } = loadOrder(claimants({ a: ["b?"], b: ["a?"] }));
    assertEquals(order.toSorted(), ["a", "b"]);
    assertEquals(circles.size, 0);
  });
  await t.step("itself, optional", () => {
    const { circles, after } = loadOrder(claimants({ a: ["a?"] }));
    assertEquals(circles.size, 0);
    assertEquals(after.get("a"), []);
  });
  await t.step("within a larger circle, what is required still orders", () => {
    const { order, circles } = loadOrder(claimants({
      a: ["b"],
      b: ["c?"],
      c: ["a"],
    }));
    assertEquals(order, ["b", "a", "c"]);
    assertEquals(circles.size, 0);
  });
});

Deno.test("loadOrder() shows the shortest way round a circle, the same for all in it", () => {
  const { circles } = loadOrder(claimants({
    z: ["a"],
    c: ["a", "z"],
    a: ["b"],
    b: ["c", "a"],
    outside: ["a"],
    self: ["self"],
  }));
  assertEquals(circles.get("self"), ["self", "self"]);
  for (const id of ["a", "b", "c", "z"]) {
    assertEquals(circles.get(id), ["a", "b", "a"]);
  }
  assertEquals(circles.has("outside"), false);
});

Deno.test("loadOrder() tells two circles that hang together by an optional requirement apart", () => {
  const { circles } = loadOrder(claimants({
    a: ["b"],
    b: ["a", "c?"],
    c: ["d"],
    d: ["c", "a?"],
  }));
  assertEquals(circles.get("a"), ["a", "b", "a"]);
  assertEquals(circles.get("d"), ["c", "d", "c"]);
});

Deno.test("loadOrder() takes a wrong version for no way round", () => {
  const { circles } = loadOrder(claimants({ a: ["b@^2"], b: ["a"] }));
  assertEquals(circles.size, 0);
});

Deno.test("loadOrder() takes a circle of ten thousand in its stride", () => {
  const count = 10_000;
  const start = performance.now();
  const { circles } = loadOrder(claimants(Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`p${i}`, [`p${(i + 1) % count}`]]),
  )));
  assertEquals(circles.get("p5")?.length, count + 1);
  assert(performance.now() - start < 5_000);
});
