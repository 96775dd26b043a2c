import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  addedPermissions,
  type DeclaredPermissions,
  type PermissionDeclaration,
} from "@semantik/plugins/provenance";

function needs(permissions: PermissionDeclaration): DeclaredPermissions {
  return { permissions, optionalPermissions: {} };
}

Deno.test("addedPermissions() compares what permissions mean, and returns them as written", async (t) => {
  type Row = readonly [
    before: PermissionDeclaration,
    after: PermissionDeclaration,
    added: readonly string[],
  ];
  const table: readonly Row[] = [
    [{ net: ["a.example"] }, { net: ["A.example:443"] }, []],
    [{ net: ["a.example:443"] }, { net: ["a.example"] }, ["a.example"]],
    [{ net: ["*.a.example"] }, { net: ["b.a.example"] }, []],
    [{ read: ["./data"] }, { read: ["data/x", "./data/"] }, []],
    [{ read: ["./data"] }, { read: ["./database"] }, ["./database"]],
    [{ read: ["$DATA"] }, { read: ["$DATA/x"] }, []],
    [{ read: ["$DATA"] }, { read: ["./x"] }, ["./x"]],
    [{ read: ["/etc"] }, { read: ["../../../etc"] }, ["../../../etc"]],
    [{ read: ["../.."] }, { read: ["../../etc", "./x"] }, []],
    [{ read: ["./x"] }, { write: ["./x"] }, ["./x"]],
    [{ read: ["$NPM/a@^1.0.0"] }, { read: ["$NPM/a@^1.0.0/x"] }, []],
    [{ read: ["$NPM/a@^1.0.0"] }, { read: ["$NPM/a@^2.0.0"] }, [
      "$NPM/a@^2.0.0",
    ]],
    [{ env: ["AWS_*"] }, { env: ["AWS_REGION"] }, []],
    [{ env: ["AWS_REGION"] }, { env: ["AWS_*"] }, ["AWS_*"]],
    [{ sys: true }, { sys: ["hostname"] }, []],
    [{ sys: ["hostname"] }, { sys: true }, [""]],
    [
      { net: ["0.0.0.0:80", "127.0.0.1:80", "localhost:80"] },
      { net: [":80"] },
      [],
    ],
    [{ net: ["127.0.0.1:80"] }, { net: [":80"] }, [":80"]],
    [{ read: ["/data"] }, { run: ["/data/x"] }, ["/data/x"]],
  ];
  for (const [before, after, added] of table) {
    await t.step(`${JSON.stringify(before)} ${JSON.stringify(after)}`, () => {
      assertEquals(
        addedPermissions(needs(before), needs(after))
          .map(({ value = "" }) => value),
        added,
      );
    });
  }
  await t.step("an optional permission that is needed now", () => {
    const before = { permissions: {}, optionalPermissions: { net: ["a.b"] } };
    assertEquals(addedPermissions(before, needs({ net: ["a.b"] })), []);
  });
  await t.step("an optional permission more", () => {
    const after = { permissions: {}, optionalPermissions: { run: ["git"] } };
    assertEquals(addedPermissions(needs({}), after), [
      { kind: "run", value: "git" },
    ]);
  });
});

// A model of the permissions by single accesses, which shares no code with the
// sets: what a declaration permits is the list of accesses that it permits.

type Kind = "read" | "net" | "env" | "sys" | "run";

const VALUES: Readonly<Record<Kind, readonly string[]>> = {
  read: ["./a", "./a/b", "./ab", ".", "$DATA", "$DATA/a", "/a", "/a/b"],
  net: [
    "a.example",
    "a.example:80",
    "a.example:443",
    "*.a.example",
    "b.a.example",
    "10.0.0.0/8:80",
    "10.0.0.1:80",
    "10.0.0.1",
  ],
  env: ["A", "AB", "A*", "AB*", "B"],
  sys: ["hostname", "uid"],
  run: ["git", "/bin/git"],
};

const ACCESSES: Readonly<Record<Kind, readonly string[]>> = {
  read: [
    "./a",
    "./a/b",
    "./a/b/c",
    "./ab",
    "./other",
    "$DATA/a",
    "$DATA/a/b",
    "$DATA/other",
    "/a",
    "/a/b/c",
    "/other",
  ],
  net: [
    "a.example:80",
    "a.example:443",
    "a.example:1",
    "b.a.example:80",
    "c.a.example:80",
    "10.0.0.1:80",
    "10.0.0.1:1",
    "10.9.9.9:80",
    "other.example:1",
  ],
  env: ["A", "AB", "ABC", "AC", "B", "C"],
  sys: ["hostname", "uid", "gid"],
  run: ["git", "/bin/git", "sh"],
};

function permits(kind: Kind, value: string, access: string): boolean {
  switch (kind) {
    case "read": {
      const place = (path: string) =>
        path.replace(/^\.\//, "$PLUGIN/").replace(/^\.$/, "$PLUGIN");
      return place(access) === place(value) ||
        place(access).startsWith(`${place(value)}/`);
    }
    case "net": {
      const [host = "", port] = value.split(":");
      const [wanted = "", wantedPort] = access.split(":");
      const isHost = host.startsWith("*.")
        ? `.${wanted}`.endsWith(host.slice(1))
        : host === "10.0.0.0/8"
        ? wanted.startsWith("10.")
        : host === wanted;
      return isHost && (port === undefined || port === wantedPort);
    }
    case "env":
      return value.endsWith("*")
        ? access.startsWith(value.slice(0, -1))
        : access === value;
    default:
      return value === access;
  }
}

const KINDS: readonly Kind[] = ["read", "net", "env", "sys", "run"];

function permitted(declared: DeclaredPermissions): ReadonlySet<string> {
  const all = new Set<string>();
  for (const part of [declared.permissions, declared.optionalPermissions]) {
    for (const kind of KINDS) {
      const list = part[kind];
      for (const access of ACCESSES[kind]) {
        const isIn = list === true ||
          list?.some((value) => permits(kind, value, access)) === true;
        if (isIn) all.add(`${kind} ${access}`);
      }
    }
  }
  return all;
}

const declaration = fc.record(
  Object.fromEntries(KINDS.map((kind) => [
    kind,
    fc.oneof(
      { weight: 1, arbitrary: fc.constant<true>(true) },
      {
        weight: 8,
        arbitrary: fc.uniqueArray(fc.constantFrom(...VALUES[kind]), {
          minLength: 1,
          maxLength: 3,
        }),
      },
    ),
  ])),
  { requiredKeys: [] },
);

Deno.test("addedPermissions() is empty exactly when 10,000 random updates add nothing", () => {
  const declared: fc.Arbitrary<DeclaredPermissions> = fc.record({
    permissions: declaration,
    optionalPermissions: declaration,
  });
  // Half of the updates are a part of what was there, so that both cases are frequent.
  const pair = declared.chain((before) =>
    fc.tuple(
      fc.constant(before),
      fc.oneof(
        declared,
        part(before).map((permissions) => ({
          permissions,
          optionalPermissions: {},
        })),
      ),
    )
  );
  const seen = { passed: 0, refused: 0 };
  fc.assert(
    fc.property(pair, ([before, after]) => {
      const had = permitted(before);
      const isNothingAdded = [...permitted(after)].every((access) =>
        had.has(access)
      );
      const added = addedPermissions(before, after);
      assertEquals(
        added.length === 0,
        isNothingAdded,
        JSON.stringify({ before, after, added }),
      );
      seen[isNothingAdded ? "passed" : "refused"]++;
    }),
    { numRuns: 10_000 },
  );
  assert(seen.passed > 1_000 && seen.refused > 1_000, JSON.stringify(seen));
});

function part(
  declared: DeclaredPermissions,
): fc.Arbitrary<PermissionDeclaration> {
  const entries = KINDS.flatMap((kind) => {
    const list = declared.permissions[kind] ??
      declared.optionalPermissions[kind];
    return list === undefined ? [] : [[kind, list] as const];
  });
  return fc.subarray(entries).map((kept) => Object.fromEntries(kept));
}
