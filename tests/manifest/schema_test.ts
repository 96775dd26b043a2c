import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { PERMISSION_KINDS } from "@semantik/plugins/permissions";
import {
  MANIFEST_FIELDS,
  REQUIREMENT_FIELDS,
} from "../../src/manifest/parse_manifest.ts";
import { manifestJsonSchema } from "../../tools/schema.ts";
import { LEAST, resultOf } from "./manifests.ts";

const ROOT = new URL("../../", import.meta.url);
const schemaUrl = new URL("schema/plugin.schema.json", ROOT);

const schema = JSON.parse(await Deno.readTextFile(schemaUrl));

// A validator that comes from the file that editors read.
const fromFile = z.fromJSONSchema(schema);

async function* manifestsBelow(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".") || name === "node_modules") continue;
    if (isDirectory) yield* manifestsBelow(new URL(`${name}/`, folder));
    else if (name === "plugin.json") yield new URL(name, folder);
  }
}

Deno.test("plugin.schema.json is what tools/schema.ts writes", async () => {
  assertEquals(
    await Deno.readTextFile(schemaUrl),
    `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`,
    "run: deno run --allow-write=schema tools/schema.ts",
  );
});

Deno.test("plugin.schema.json knows the fields that parseManifest() knows", () => {
  const { requires, permissions } = schema.properties;
  assertEquals(Object.keys(schema.properties), [...MANIFEST_FIELDS]);
  assertEquals(Object.keys(requires.items.properties), [...REQUIREMENT_FIELDS]);
  assertEquals(Object.keys(permissions.properties), [...PERMISSION_KINDS]);
});

Deno.test("plugin.schema.json and parseManifest() accept every example", async (t) => {
  const urls = await Array.fromAsync(
    manifestsBelow(new URL("examples/", ROOT)),
  );
  assert(urls.length > 0);
  for (const url of urls) {
    await t.step(url.pathname.slice(ROOT.pathname.length), async () => {
      const value = JSON.parse(await Deno.readTextFile(url));
      const result = resultOf(value);
      assert(result.ok, JSON.stringify(result));
      assertEquals(fromFile.safeParse(value).error, undefined);
    });
  }
});

Deno.test("plugin.schema.json refuses what an editor should mark", async (t) => {
  const table: readonly Readonly<Record<string, unknown>>[] = [
    { id: undefined },
    { id: "No Id" },
    { type: "no-type" },
    { version: "1.0" },
    { version: "v1.0.0" },
    { verison: "1.0.0" },
    { homepage: "ftp://example.com" },
    { entry: "" },
    { host: "" },
    { requires: [{ id: "b" }] },
    { requires: [{ id: "b", version: "*", optionl: true }] },
    { permissions: { net: [] } },
    { permissions: { net: false } },
    { permissions: { nets: ["a"] } },
    { optionalPermissions: { env: [""] } },
  ];
  for (const fields of table) {
    await t.step(JSON.stringify(fields), () => {
      const value = JSON.parse(JSON.stringify({ ...LEAST, ...fields }));
      assertFalse(fromFile.safeParse(value).success);
      assertFalse(resultOf(value).ok);
    });
  }
});

Deno.test("plugin.schema.json accepts whatever parseManifest() accepts", () => {
  const id = fc.constantFrom("a", "b-c", "A", "", "a".repeat(64), "-");
  const text = fc.constantFrom(
    "x",
    "",
    "é",
    "x".repeat(4_096),
    "x".repeat(5_000),
  );
  const range = fc.constantFrom(
    "*",
    "^1",
    ">=1 <2",
    "",
    "1 ||",
    "x".repeat(300),
  );
  const list = fc.oneof(
    fc.constant(true),
    fc.array(
      fc.constantFrom(
        "a.example:443",
        "A_*",
        "./x",
        "$DATA",
        "hostname",
        "",
        "*",
      ),
      { maxLength: 3 },
    ),
  );
  const permissions = fc.dictionary(
    fc.constantFrom(
      "read",
      "write",
      "net",
      "env",
      "sys",
      "run",
      "ffi",
      "import",
    ),
    list,
    { maxKeys: 2 },
  );
  const optional = fc.record({
    $schema: text,
    displayName: text,
    homepage: fc.constantFrom(
      "https://a.example/x",
      "http://a",
      "https:a",
      "x",
    ),
    entry: fc.constantFrom("./mod.ts", "../x.ts", "", "."),
    host: range,
    requires: fc.array(
      fc.record({ id, version: range, optional: fc.boolean() }),
      { maxLength: 2 },
    ),
    permissions,
    optionalPermissions: permissions,
  }, { requiredKeys: [] });
  const version = fc.constantFrom(
    "1.0.0",
    "1.0.0-rc.1+b-1",
    "1.0.0-a.0.b",
    "01.0.0",
    "1",
  );
  let taken = 0;
  fc.assert(
    fc.property(
      fc.record({ id, version, type: fc.constantFrom("t", "t_1", "T") }),
      optional,
      (required, others) => {
        const value = { ...required, ...others };
        if (!resultOf(value).ok) return;
        taken++;
        const { error } = fromFile.safeParse(value);
        assertEquals(error, undefined, JSON.stringify(value));
      },
    ),
    { numRuns: 2_000 },
  );
  assert(taken > 0);
});
