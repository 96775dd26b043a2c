import { assert, assertEquals, assertFalse } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { newManifest } from "../../src/cli/new_plugin_files.ts";
import { readPlainManifest } from "../../src/manifest/parse_manifest.ts";
import { manifestSchema } from "../../src/manifest/schema.ts";
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
    "a list whose length is no number": {
      ...LEAST,
      requires: new Proxy([{ id: "b", version: "*" }], {
        get: (target, key) => key === "length" ? NaN : Reflect.get(target, key),
      }),
    },
    "a list whose length is a part of a number": {
      ...LEAST,
      permissions: {
        net: new Proxy(["a.example"], {
          get: (_, key) => key === "length" ? 0.5 : "a.example",
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
