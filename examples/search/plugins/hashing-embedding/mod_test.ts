import { PluginError } from "@semantik/plugins";
import { testPlugin } from "@semantik/plugins/testing";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
} from "@std/assert";
import fc from "fast-check";
import plugin from "./mod.ts";
import manifest from "./plugin.json" with { type: "json" };

async function embed(
  texts: readonly string[],
  config?: Readonly<Record<string, unknown>>,
): Promise<readonly Float32Array[]> {
  await using tested = await testPlugin(plugin, manifest, { config });
  return await tested.api.embed(texts);
}

function similarity(a?: Float32Array, b?: Float32Array): number {
  assert(a !== undefined && b !== undefined);
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

async function compare(a: string, b: string): Promise<number> {
  const [first, second] = await embed([a, b]);
  return similarity(first, second);
}

Deno.test("embed() makes vectors of length one for any text", async () => {
  await using tested = await testPlugin(plugin, manifest, {
    config: { dimensions: 64 },
  });
  const { api } = tested;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "binary", maxLength: 60 }), { maxLength: 4 }),
      async (texts) => {
        const vectors = await api.embed(texts);
        assertEquals(vectors.length, texts.length);
        for (const vector of vectors) {
          assertEquals(vector.length, 64);
          const length = Math.sqrt(similarity(vector, vector));
          assert(length === 0 || Math.abs(length - 1) < 1e-5);
        }
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("embed() gives the same text the same vector in every batch", async () => {
  const [alone] = await embed(["deny by default"]);
  const [, among] = await embed(["something else", "deny by default"]);
  assertEquals(alone, among);
});

Deno.test("embed() does not change its vectors between versions", async () => {
  // Vectors may be stored, so a change of these needs a new major version.
  const [vector] = await embed(["x y"], { dimensions: 64 });
  const places = [...vector?.entries() ?? []]
    .filter(([, value]) => value !== 0)
    .map(([place, value]) => [place, Number(value.toFixed(6))]);
  assertEquals(places, [
    [4, 0.38949], // the part "<y>"
    [8, -0.556415], // the word "y"
    [10, -0.38949], // the part "<x>"
    [50, 0.556415], // the word "x"
    [56, -0.278207], // the pair "x y"
  ]);
});

Deno.test("embed() brings texts with shared words close together", async () => {
  const query = "grant permission to read one folder";
  const near = await compare(query, "A folder that may be read is granted");
  const far = await compare(query, "Bake the bread until it is brown");
  assert(near > 0.3, `${near}`);
  assert(Math.abs(far) < 0.1, `${far}`);
});

Deno.test("embed() brings other endings and typing errors close", async () => {
  assert(await compare("permission", "permissions") > 0.2);
  assert(await compare("permission", "permision") > 0.1);
  assert(await compare("permission", "broccoli") < 0.05);
});

Deno.test("embed() treats all Unicode forms of a word alike", async (t) => {
  const cases = [
    ["Café", "cafe"],
    ["cafe\u0301", "CAFÉ"],
    ["ﬁle", "file"],
    ["ＡＢＣ", "abc"],
    ["ガラス", "ｶﾞﾗｽ"],
    ["한국어", "한국어".normalize("NFD")],
  ];
  for (const [a = "", b = ""] of cases) {
    await t.step(`${a} ${b}`, async () => {
      assertAlmostEquals(await compare(a, b), 1, 1e-6);
    });
  }
});

Deno.test("embed() finds words in scripts without spaces", async (t) => {
  const cases = [
    ["权限", "程序需要读取文件的权限", "面包烤到金黄"],
    ["検索", "文書を検索する", "犬が走る"],
    ["अनुमति", "फ़ाइल पढ़ने की अनुमति", "रोटी पकाओ"],
    ["สิทธิ์", "สิทธิ์ในการอ่านไฟล์", "อบขนมปัง"],
  ];
  for (const [query = "", near = "", far = ""] of cases) {
    await t.step(query, async () => {
      assert(await compare(query, near) > 0.15 + await compare(query, far));
    });
  }
});

Deno.test("embed() gives words that are everywhere no influence", async () => {
  const near = await compare("what is the audit trail", "audit trail");
  assertAlmostEquals(near, 1, 1e-6);
  const [only] = await embed(["what is the"]);
  assertEquals(only?.every((value) => value === 0), true);
});

Deno.test("embed() ignores the configured words", async () => {
  const [a, b] = await embed(["Über Katzen", "katzen"], {
    ignored_words: ["über"],
  });
  assertAlmostEquals(similarity(a, b), 1, 1e-6);
});

Deno.test("embed() distinguishes the order of words", async () => {
  const [query, same, turned] = await embed([
    "dog bites man",
    "dog bites man",
    "man bites dog",
  ]);
  assert(similarity(query, same) > similarity(query, turned));
});

Deno.test("embed() returns vectors of the declared length", async () => {
  await using tested = await testPlugin(plugin, manifest, {
    config: { dimensions: 100 },
  });
  const { api } = tested;
  const [vector] = await api.embed(["x"]);
  assertEquals([api.dimensions, vector?.length], [100, 100]);
});

Deno.test("configSchema refuses vectors of a useless length", async () => {
  for (const dimensions of [0, 1.5, 1e9, "64"]) {
    await assertRejects(
      () => testPlugin(plugin, manifest, { config: { dimensions } }),
      PluginError,
      "dimensions",
    );
  }
});
