import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { PERMISSION_KINDS } from "@semantik/plugins/permissions";
import schema from "../../schema/plugin.schema.json" with { type: "json" };
import { MANIFEST_FIELDS } from "../../src/manifest/parse_manifest.ts";
import { resultOf } from "../manifest/manifests.ts";

const numRuns = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 1_000);

function assertFrozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  assert(Object.isFrozen(value));
  Object.values(value).forEach(assertFrozen);
}

const id = fc.stringMatching(/^[a-z0-9](?:[a-z0-9_-]{0,20}[a-z0-9])?$/);
const text = fc.string({ minLength: 1, unit: "binary" });
const range = fc.constantFrom("*", "^1.0.0", ">=1.2.0 <3.0.0", "1 || 2.x");
const permissions = fc.record({
  read: fc.constantFrom(true, ["./models", "$DATA"], ["/srv"]),
  write: fc.constant(["$DATA/cache"]),
  net: fc.constantFrom(true, ["a.example:443"], ["127.0.0.1", "[::1]:80"]),
  env: fc.constantFrom(["A"], ["A", "B_*"]),
  sys: fc.constant(["hostname"]),
  run: fc.constant(["git"]),
  ffi: fc.constant(["./lib.so"]),
  import: fc.constant(["esm.sh:443"]),
}, { requiredKeys: [] });

/** Manifests as careful authors write them. */
const plain = fc.record({
  $schema: text,
  id,
  type: fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/),
  version: fc.constantFrom("1.0.0", "0.1.0", "10.20.30", "1.2.3-rc.1+b-1"),
  displayName: text,
  description: text,
  author: text,
  license: fc.constantFrom("MIT", "Apache-2.0"),
  homepage: fc.webUrl(),
  entry: fc.constantFrom("./mod.ts", "src/mod.ts", "."),
  host: range,
  requires: fc.uniqueArray(
    fc.record({ id, version: range, optional: fc.boolean() }, {
      requiredKeys: ["id", "version"],
    }),
    { selector: (requirement) => requirement.id, maxLength: 3 },
  ),
  permissions,
  optionalPermissions: permissions,
}, { requiredKeys: ["id", "type", "version"] });

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    false,
    0,
    "",
    "a",
    "A",
    "-",
    "a\n",
    "x".repeat(64),
    "x".repeat(65),
    "x".repeat(4_097),
    "1.0",
    "v1.0.0",
    "01.0.0",
    "1.0.0 ",
    "99999999999999999999.0.0",
    "1 ||",
    "../x.ts",
    "/x.ts",
    "https:x",
    "https://",
    "ftp://a.example",
    "*",
    [],
    ["a", "a"],
    ["a", , "b"],
    [1],
    {},
    { id: "b", version: "*" },
    { id: "b", version: "*", optional: undefined },
    { id: "b", version: "*", x: 1 },
    [{ id: "b", version: "*" }, { id: "b", version: "^1.0.0" }],
    { net: [] },
    { net: ["a.example", "a.example"] },
    { net: ["https://a.example"] },
    { net: false },
    { net: undefined, env: ["A"] },
    { envv: ["A"] },
    { run: ["*"] },
    { sys: ["no"] },
    new Date(0),
    Object.create({ net: true }),
  ),
  fc.anything({ withNullPrototype: true, withSparseArray: true }),
);

const path = fc.oneof(
  fc.constantFrom(...MANIFEST_FIELDS, "__proto__", "name").map((key) => [key]),
  fc.tuple(
    fc.constantFrom("permissions", "optionalPermissions"),
    fc.constantFrom(...PERMISSION_KINDS, "nets"),
  ),
  fc.tuple(fc.constant("requires"), fc.constantFrom("0", "1")),
  fc.tuple(
    fc.constant("requires"),
    fc.constant("0"),
    fc.constantFrom("id", "version", "optional", "x"),
  ),
);

/** Sets a value in a manifest, if the path to it exists. */
function put(into: object, [key, ...rest]: readonly string[], value: unknown) {
  if (key === undefined) return;
  const options = { writable: true, enumerable: true, configurable: true };
  if (rest.length === 0) {
    Reflect.defineProperty(into, key, { ...options, value });
    return;
  }
  const next: unknown = Reflect.get(into, key);
  if (typeof next === "object" && next !== null) put(next, rest, value);
}

Deno.test("parseManifest() accepts what careful authors write", () => {
  fc.assert(
    fc.property(plain, (value) => {
      const result = resultOf(value);
      assert(result.ok, JSON.stringify(value));
      assertFrozen(result.manifest);
      const { $schema: _, ...fields } = value;
      assertEquals<unknown>(result.manifest, {
        requires: [],
        permissions: {},
        optionalPermissions: {},
        ...fields,
      });
    }),
    { numRuns },
  );
});

Deno.test("parseManifest() returns nothing that editors mark as wrong", () => {
  const inEditors = z.fromJSONSchema(JSON.parse(JSON.stringify(schema)));
  const changes = fc.array(fc.tuple(path, odd), { minLength: 1, maxLength: 2 });
  let accepted = 0;
  let refused = 0;
  fc.assert(
    fc.property(plain, changes, (value, changed) => {
      for (const [at, instead] of changed) put(value, at, instead);
      const result = resultOf(value);
      if (result.ok) {
        accepted++;
        const text = JSON.stringify(result.manifest);
        assert(inEditors.safeParse(JSON.parse(text)).success, text);
      } else {
        refused++;
        assert(result.problems.length > 0);
      }
    }),
    { numRuns },
  );
  assert(accepted > 0 && refused > 0);
});
