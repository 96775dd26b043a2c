import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import config from "../../deno.json" with { type: "json" };
import { newManifest } from "../../src/cli/new/plugin_files.ts";
import { readPlainManifest } from "../../src/manifest/read_plain_manifest.ts";
import { MANIFEST_FIELDS, manifestSchema } from "../../src/manifest/schema.ts";
import { PERMISSION_KINDS } from "../../src/permissions/permission_kind.ts";
import { LEAST, resultOf } from "./manifests.ts";
import { runFixture } from "./run_fixture.ts";
import { json, withTree } from "./with_tree.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

async function* manifestsBelow(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* manifestsBelow(new URL(`${name}/`, folder));
    else if (name === "plugin.json") yield new URL(name, folder);
  }
}

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

/** Puts a value somewhere into a manifest; where the way there leads nowhere, nothing. */
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

Deno.test("readPlainManifest() takes what careful authors write", () => {
  fc.assert(
    fc.property(plain, (value) => {
      const manifest = readPlainManifest(value);
      assert(manifest !== undefined, JSON.stringify(value));
      assertFrozen(manifest);
      assertEquals(resultOf(value), { ok: true, manifest });
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("readPlainManifest() takes nothing that the schema reads otherwise", () => {
  const changes = fc.array(fc.tuple(path, odd), { minLength: 1, maxLength: 2 });
  let taken = 0;
  let left = 0;
  fc.assert(
    fc.property(plain, changes, (value, changed) => {
      for (const [at, instead] of changed) put(value, at, instead);
      if (readPlainManifest(value) === undefined) left++;
      else taken++;
      // It compares the two.
      resultOf(value);
    }),
    { numRuns: 3_000 },
  );
  assert(taken > 0 && left > 0);
});

Deno.test("readPlainManifest() takes every example, and what the command new writes", async (t) => {
  const urls = await Array.fromAsync(manifestsBelow(EXAMPLES));
  assert(urls.length > 0);
  for (const { href } of urls) {
    await t.step(href.slice(EXAMPLES.href.length), async () => {
      const value = JSON.parse(await Deno.readTextFile(new URL(href)));
      assert(readPlainManifest(value) !== undefined);
    });
  }
  const made = { id: "a", type: "embedding", libraryVersion: "1.0.0" };
  assert(readPlainManifest(newManifest(made)) !== undefined);
});

Deno.test("readPlainManifest() knows every field that the schema knows", () => {
  const odd = { toString: () => "" };
  for (const field of Object.keys(manifestSchema.shape)) {
    // A field that it does not know may not be left out silently.
    assertEquals(readPlainManifest({ ...LEAST, [field]: odd }), undefined);
  }
});

Deno.test("readPlainManifest() sees the hidden fields that the schema sees, and no others", () => {
  const hidden = { value: "./hidden.ts", enumerable: false };
  const value = Object.defineProperty({ ...LEAST }, "entry", hidden);
  assertEquals(readPlainManifest(value)?.entry, "./hidden.ts");
  Object.defineProperty(value, "x", hidden);
  assert(resultOf({ ...LEAST, [Symbol("x")]: 1 }).ok);
  assert(resultOf(value).ok);
  assertFalse(resultOf(Object.defineProperty(value, "id", hidden)).ok);
});

Deno.test("readPlainManifest() leaves to the schema what is no plain data", async (t) => {
  class Manifest {
    id = "a";
    type = "test";
    version = "1.0.0";
  }
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const table: Readonly<Record<string, unknown>> = {
    "an object of a class": new Manifest(),
    "an object that inherits": Object.create(LEAST),
    "boxed text": { ...LEAST, id: Object("a") },
    "a function": Object.assign(() => {}, LEAST),
    "a Proxy that was revoked": revoked.proxy,
    "a getter that throws": {
      ...LEAST,
      get entry(): string {
        throw new Error("no");
      },
    },
    "a list with holes": { ...LEAST, permissions: { net: new Array(3) } },
    "a list without an end": {
      ...LEAST,
      permissions: {
        net: new Proxy(["a.example"], {
          get: (_, key) => key === "length" ? 2 ** 32 - 1 : "a.example",
        }),
      },
    },
  };
  for (const [name, value] of Object.entries(table)) {
    await t.step(name, () => assertEquals(readPlainManifest(value), undefined));
  }
});

Deno.test("readPlainManifest() looks at each field once, so that what it checked is what it returns", () => {
  const looks = new Map<string, number>();
  function watched<Value extends object>(name: string, value: Value): Value {
    return new Proxy(value, {
      get(target, key, receiver) {
        const field: unknown = Reflect.get(target, key, receiver);
        const at = `${String(key)} of ${name}`;
        looks.set(at, (looks.get(at) ?? 0) + 1);
        return field;
      },
    });
  }
  const requirement = { id: "b", version: "*", optional: true };
  const manifest = readPlainManifest(watched("the manifest", {
    ...LEAST,
    entry: "./mod.ts",
    requires: watched("requires", [watched("the first", requirement)]),
    permissions: watched("permissions", {
      net: watched("net", ["a.example"]),
    }),
  }));
  assert(manifest !== undefined);
  assert(looks.size > 10);
  for (const [name, count] of looks) assertEquals(count, 1, name);
});

Deno.test("readSource() never loads the schema for manifests that are good", async () => {
  // In place of the schema library, a module that says that it was loaded.
  const zod = "data:text/javascript,export const z = undefined;" +
    "throw new Error('zod was loaded')";
  const tree = {
    "import_map.json": JSON.stringify({ imports: { ...config.imports, zod } }),
    "good/a/plugin.json": json("a", { permissions: { net: ["a.example"] } }),
    "good/a/mod.ts": "",
    "good/b/plugin.json": json("b", { requires: [{ id: "a", version: "*" }] }),
    "good/b/mod.ts": "",
    "bad/c/plugin.json": json("c", { verison: "1.0.0" }),
  };
  await withTree(tree, async ({ at }) => {
    const read = async (source: string) =>
      JSON.stringify(
        await runFixture("read.ts", {
          flags: [
            `--import-map=${at("import_map.json")}`,
            `--allow-read=${at(".")}`,
          ],
          args: [at(source)],
        }),
      );
    const good = await read("good");
    assertFalse(good.includes("zod"), good);
    assertEquals(good.match(/"ok":true/g)?.length, 2, good);
    const bad = await read("bad");
    assert(bad.includes("zod was loaded"), bad);
  });
});
