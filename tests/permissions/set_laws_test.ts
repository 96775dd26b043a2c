import {
  covers,
  difference,
  entriesOf,
  equals,
  normalizePermissions,
  type PermissionEntry,
  type PermissionSet,
  union,
} from "@semantik/plugins/permissions";
import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { declaration } from "./arbitraries.ts";

const base = { directory: "/plugins/p", dataDirectory: "/data/p" };
const set = declaration.map((written) =>
  normalizePermissions(written, { ...base, windows: false })
);

function setOf({ kind, value }: PermissionEntry): PermissionSet {
  return { [kind]: value === undefined ? true : [value] };
}

function holds(
  ...law: Parameters<
    typeof fc.property<[PermissionSet, PermissionSet, PermissionSet]>
  >
): void {
  fc.assert(fc.property(...law), { numRuns: 150 });
}

Deno.test("union() is idempotent, commutative and associative, with the empty set as its unit", () => {
  holds(set, set, set, (a, b, c) => {
    assertEquals(union(a, a), a);
    assertEquals(union(a, b), union(b, a));
    assertEquals(union(a, union(b, c)), union(union(a, b), c));
    assertEquals(union(a, {}), a);
    assertEquals(union(), {});
  });
});

Deno.test("covers() is a partial order of which union() is the least upper bound", () => {
  holds(set, set, set, (a, b, c) => {
    assert(covers(a, a));
    const both = union(a, b);
    assert(covers(both, a) && covers(both, b));
    if (covers(a, b) && covers(b, a)) assertEquals(a, b);
    if (covers(a, b) && covers(b, c)) assert(covers(a, c));
    if (covers(c, a) && covers(c, b)) assert(covers(c, both));
    assertEquals(covers(a, b), equals(both, a));
  });
});

Deno.test("difference() and union() are consistent", () => {
  holds(set, set, set, (a, b, c) => {
    const rest = difference(a, b);
    assert(covers(a, rest));
    assertEquals(union(rest, b), union(a, b));
    for (const entry of entriesOf(rest)) assertFalse(covers(b, setOf(entry)));
    assertEquals(difference(a, a), {});
    assertEquals(difference(a, {}), a);
    assertEquals(difference({}, a), {});
    assertEquals(covers(b, a), equals(rest, {}));
    assert(covers(difference(a, b), difference(a, union(b, c))));
  });
});

Deno.test("normalizePermissions() is idempotent, frozen and minimal", () => {
  fc.assert(
    fc.property(set, (a) => {
      assertEquals(normalizePermissions(a, { windows: false }), a);
      assertEquals(structuredClone(a), a);
      assert(Object.isFrozen(a));
      for (const [kind, list] of Object.entries(a)) {
        if (list === true) continue;
        assert(Object.isFrozen(list));
        assert(list.length > 0, `${kind} is an empty list`);
        assertEquals(list, list.toSorted());
      }
      const entries = entriesOf(a);
      for (const entry of entries) {
        const others = entries.filter((other) => other !== entry);
        assertFalse(covers(union(...others.map(setOf)), setOf(entry)));
      }
    }),
    { numRuns: 150 },
  );
});
