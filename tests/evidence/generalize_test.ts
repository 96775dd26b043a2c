import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { generalize, isTooWide } from "../../src/evidence/generalize.ts";
import {
  type Access,
  mergeUses,
  type Places,
  resolveValue,
  type Use,
  useOf,
} from "../../src/evidence/use.ts";
import { SetIndex } from "../../src/permissions/set_algebra.ts";
import { normalForm } from "../../src/permissions/normalize_permissions.ts";

const PLACES: Places = {
  directory: "/srv/app/plugins/p",
  root: "/srv/app",
  workingDirectory: "/srv/app",
  dataDirectories: ["/tmp/run/data/p"],
  home: "/home/ada",
  temporary: ["/tmp"],
  isDataTemporary: false,
  windows: false,
};

const UNSET = new Set(["UNSET", "WRITTEN", "BOTH"]);

function access(
  kind: Use["kind"],
  value?: string,
  others: Partial<Access> = {},
): Access {
  return {
    entry: value === undefined ? { kind } : { kind, value },
    operation: "other",
    place: "mod.ts:1",
    isAllowed: true,
    ...others,
  };
}

function generalized(...accesses: readonly Access[]) {
  const uses = mergeUses(accesses.map((one) => useOf(one, PLACES, UNSET)));
  const { needs, heldBack } = generalize(uses, PLACES);
  return {
    needs: needs.map(({ field, kind, value }) =>
      `${field === "permissions" ? "" : "optional "}${kind} ${value ?? "all"}`
    ),
    heldBack: heldBack.map(({ use }) => `${use.kind} ${use.value ?? "all"}`),
  };
}

Deno.test("generalize() names paths as a manifest does", () => {
  assertEquals(
    generalized(
      access("read", "/srv/app/plugins/p/assets/a.json"),
      access("write", "/srv/app/plugins/p/cache/a.json"),
      access("read", "models/x.bin"),
      access("read", "./models/../models/y.bin"),
      access("read", "/opt/shared/z.bin"),
      access("write", "/tmp/run/data/p/deep/state.json"),
      access("read", "/d/npm/registry.example/@s/dep/1.2.3/a.wasm"),
      access("ffi", "/srv/app/node_modules/native/build/x.node"),
    ).needs,
    [
      "ffi $NPM/native",
      "read $NPM/@s/dep/a.wasm",
      "read /opt/shared/z.bin",
      "read /srv/app/models/x.bin",
      "read /srv/app/models/y.bin",
      "write $DATA",
      "write ./cache/a.json",
    ],
  );
});

Deno.test("generalize() names a folder that was listed, or eight files of it", () => {
  const files = (count: number) =>
    Array.from({ length: count }, (_, at) => access("read", `/data/d/${at}`));
  assertEquals(generalized(...files(8)).needs, ["read /data/d"]);
  assertEquals(generalized(...files(7)).needs.length, 7);
  assertEquals(
    generalized(
      access("read", "/data/d", { operation: "list" }),
      access("read", "/data/d/1"),
    ).needs,
    ["read /data/d"],
  );
});

Deno.test("generalize() never names a folder of the system or of a person", () => {
  const wide = [
    "/",
    "/etc",
    "/usr/lib",
    "/home",
    "/home/ada",
    "/home/bob",
    "/tmp",
    "<TMP>",
  ];
  const found = generalized(
    ...wide.map((value) => access("read", value, { operation: "list" })),
    access("write"),
    access("write", "/tmp/other"),
    ...Array.from({ length: 9 }, (_, at) => access("read", `/etc/${at}`)),
  );
  assertEquals(found.heldBack.length, wide.length + 2);
  assertEquals(found.needs.length, 9);
  // The plugin's own code is never made writable as a whole.
  const own = Array.from(
    { length: 9 },
    (_, at) => access("write", `/srv/app/plugins/p/${at}`),
  );
  assertEquals(generalized(...own).needs.length, 9);
});

Deno.test("generalize() makes variables optional that were only looked up and unset", () => {
  assertEquals(
    generalized(
      access("env", "SET", { operation: "probe" }),
      access("env", "UNSET", { operation: "probe" }),
      access("env", "WRITTEN", { operation: "other" }),
      access("env", "BOTH", { operation: "probe" }),
      access("env", "BOTH"),
    ).needs,
    ["env BOTH", "env SET", "optional env UNSET", "env WRITTEN"],
  );
});

Deno.test("generalize() never widens hosts, and proposes no secret", () => {
  const found = generalized(
    access("net", "a.example:443"),
    access("net", "b.a.example:443"),
    access("read", "/data/ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
    access("run"),
    access("run", "git"),
  );
  assertEquals(found.needs, [
    "net a.example:443",
    "net b.a.example:443",
    "run git",
  ]);
  assertEquals(found.heldBack.length, 2);
});

const numRuns = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 300);

const path = fc.tuple(
  fc.constantFrom(
    "/srv/app/plugins/p",
    "/srv/app/data",
    "/opt/x",
    "/home/ada",
    "/tmp",
    "",
  ),
  fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 3 }),
).map(([root, segments]) => [root, ...segments].join("/") || "/");

const accesses = fc.array(
  fc.tuple(
    fc.constantFrom("read" as const, "write" as const),
    path,
    fc.constantFrom("list" as const, "other" as const),
  ).map(([kind, value, operation]) => access(kind, value, { operation })),
  { minLength: 1, maxLength: 30 },
);

Deno.test("generalize() covers each use, and names nothing that is too wide", () => {
  fc.assert(
    fc.property(accesses, (accesses) => {
      const uses = mergeUses(accesses.map((one) => useOf(one, PLACES, UNSET)));
      const { needs, heldBack } = generalize(uses, PLACES);
      const index = new SetIndex(normalForm(
        needs.flatMap(({ kind, value }) => resolveValue(kind, value, PLACES)),
      ));
      for (const use of uses) {
        const isOwn = use.kind === "read" && use.value?.startsWith(".") &&
          !use.value.startsWith("..");
        const isHeld = heldBack.some((one) => one.use === use);
        const isCovered = resolveValue(use.kind, use.value, PLACES)
          .every((one) => index.covers(one));
        assert(isOwn || isHeld || isCovered, JSON.stringify(use));
      }
      for (const { kind, value } of needs) {
        for (const entry of resolveValue(kind, value, PLACES)) {
          assert(!isTooWide(entry.value ?? "/", PLACES), entry.value);
        }
        // Without the entry, a use of its own is not covered.
        const others = new SetIndex(normalForm(
          needs.filter((one) => one.kind !== kind || one.value !== value)
            .flatMap((one) => resolveValue(one.kind, one.value, PLACES)),
        ));
        assert(
          uses.some((use) =>
            use.kind === kind &&
            resolveValue(kind, use.value, PLACES)
              .some((one) => !others.covers(one))
          ),
          `${kind} ${value}`,
        );
      }
    }),
    { numRuns },
  );
});
