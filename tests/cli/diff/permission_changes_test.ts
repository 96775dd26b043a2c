import { assertEquals } from "@std/assert";
import {
  covers,
  equals,
  formatEntry,
  type PermissionDeclaration,
  type PermissionEntry,
  union,
} from "@semantik/plugins/permissions";
import {
  isGrowth,
  permissionChanges,
} from "../../../src/cli/diff/permission_changes.ts";

function names(entries: readonly PermissionEntry[]): string {
  return entries.map(formatEntry).join(" and ");
}

/** Describes the changes between two declarations, each with `optional`. */
function changes(
  before: PermissionDeclaration,
  after: PermissionDeclaration,
  [optionalBefore, optionalAfter]: readonly [
    PermissionDeclaration,
    PermissionDeclaration,
  ] = [{}, {}],
): readonly string[] {
  return permissionChanges(
    { required: before, optional: optionalBefore },
    { required: after, optional: optionalAfter },
  ).map((one) => {
    const { change, isOptional, before, after } = one;
    return [
      isGrowth(one) ? "+" : "-",
      change,
      ...isOptional ? ["(optional)"] : [],
      ...before.length > 0 ? [names(before)] : [],
      ...after.length > 0 ? ["->", names(after)] : [],
    ].join(" ");
  });
}

Deno.test("permissionChanges() compares what permissions mean, not how they are spelled", () => {
  assertEquals(
    changes(
      { net: ["A.example", "a.example:443"], read: ["/data/../data"] },
      { read: ["/data", "/data/x"], net: ["a.example"] },
    ),
    [],
  );
});

Deno.test("permissionChanges() tells added, widened, narrowed and removed permissions apart", () => {
  assertEquals(
    changes(
      {
        net: ["a.example:443", "a.example:80", "c.example"],
        read: ["/data"],
        env: ["A"],
        sys: true,
      },
      {
        net: ["a.example", "c.example:443"],
        read: true,
        run: ["git"],
        sys: ["hostname"],
      },
    ),
    [
      '+ widened read to "/data" -> read as a whole',
      '+ widened net to "a.example:443" and net to "a.example:80" -> net to "a.example"',
      '+ added -> run to "git"',
      '- narrowed net to "c.example" -> net to "c.example:443"',
      '- removed env to "A"',
      '- narrowed sys as a whole -> sys to "hostname"',
    ],
  );
});

Deno.test("permissionChanges() counts what becomes required as growth, and what becomes optional not", () => {
  assertEquals(
    changes({ env: ["B"] }, { env: ["A"] }, [{ env: ["A"] }, {
      env: ["B"],
    }]),
    [
      '+ required env to "A" -> env to "A"',
      '- optional env to "B" -> env to "B"',
    ],
  );
  assertEquals(
    changes({}, { net: ["a.example"] }, [{ net: ["a.example:1"] }, {}]),
    ['+ widened net to "a.example:1" -> net to "a.example"'],
  );
  assertEquals(changes({}, {}, [{ sys: true }, { run: ["git"] }]), [
    '+ added (optional) -> run to "git"',
    "- removed (optional) sys as a whole",
  ]);
  // What is required may be named as optional too.
  assertEquals(
    changes({ env: ["A"] }, { env: ["A"] }, [{}, { env: ["A"] }]),
    [],
  );
});

Deno.test("permissionChanges() reports growth exactly if something is not covered any more", () => {
  const sets: readonly PermissionDeclaration[] = [
    {},
    { net: ["a.example"] },
    { net: ["a.example:1"] },
    { net: ["a.example:1", "b.example"] },
    { net: true },
  ];
  const all = sets.flatMap((required) =>
    sets.map((optional) => ({ required, optional }))
  );
  for (const before of all) {
    for (const after of all) {
      const [had, has] = [before, after]
        .map(({ required, optional }) => union(required, optional));
      const found = permissionChanges(before, after);
      const label = JSON.stringify([before, after]);
      assertEquals(
        [label, found.some(isGrowth)],
        [
          label,
          !covers(before.required, after.required) ||
          !covers(had ?? {}, has ?? {}),
        ],
      );
      assertEquals(
        [label, found.length === 0],
        [
          label,
          equals(before.required, after.required) &&
          equals(had ?? {}, has ?? {}),
        ],
      );
    }
  }
});
