import { PluginError } from "@semantik/plugins";
import { testPlugin } from "@semantik/plugins/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { Passage } from "../../contracts.ts";
import plugin from "./mod.ts";
import manifest from "./plugin.json" with { type: "json" };

function passage(text: string, rest: Partial<Passage> = {}): Passage {
  return {
    path: "a.md",
    headings: [],
    startLine: 1,
    endLine: 1,
    text,
    ...rest,
  };
}

async function rerank(
  query: string,
  passages: readonly Passage[],
  config?: Readonly<Record<string, unknown>>,
): Promise<readonly number[]> {
  await using tested = await testPlugin(plugin, manifest, { config });
  return await tested.api.rerank(query, passages);
}

/**
 * Returns the positions of the passages, best first, without those of score
 * zero.
 */
async function order(
  query: string,
  passages: readonly Passage[],
): Promise<number[]> {
  const scores = await rerank(query, passages);
  return [...scores.keys()].filter((index) => (scores[index] ?? 0) > 0)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}

Deno.test("rerank() puts rare words before common ones", async () => {
  const found = await order("plugin audit", [
    passage("A plugin is loaded."),
    passage("A plugin is disposed of."),
    passage("Read the audit."),
    passage("A plugin writes to the audit."),
    passage("Nothing of the kind."),
  ]);
  assertEquals(found.slice(0, 2), [3, 2]);
  assertEquals(found.toSorted(), [0, 1, 2, 3]);
});

Deno.test("rerank() weighs headings more than text", async () => {
  const found = await order("audit", [
    passage("Of the audit and more."),
    passage("Of this and more.", { headings: ["Audit"] }),
  ]);
  assertEquals(found, [1, 0]);
});

Deno.test("rerank() includes the path", async () => {
  const found = await order("security", [
    passage("Report it.", { path: "docs/other.md" }),
    passage("Report it.", { path: "SECURITY.md" }),
  ]);
  assertEquals(found, [1]);
});

Deno.test("rerank() finds identifiers by their parts", async (t) => {
  const cases = [
    ["host permissions", "Set hostPermissions."],
    ["api key", "Set OPENAI_API_KEY."],
    ["hostpermissions", "Set hostPermissions."],
    ["allow net", "Start with --allow-net."],
    ["http server", "An HTTPServer listens."],
  ];
  for (const [query = "", text = ""] of cases) {
    await t.step(text, async () => {
      const found = await order(query, [passage("Other."), passage(text)]);
      assertEquals(found, [1]);
    });
  }
});

Deno.test("rerank() finds other endings and typing errors, after the word itself", async () => {
  const found = await order("permission", [
    passage("One permissions here."),
    passage("One permission here."),
    passage("One permision here."),
    passage("One person here."),
  ]);
  assertEquals(found[0], 1);
  assertEquals(found.toSorted(), [0, 1, 2]);
});

Deno.test("rerank() gives words that are everywhere no influence", async () => {
  const passages = [
    passage("My plugin and the other plugin."),
    passage("Where does the plugin need its flags?"),
    passage("Flags for a plugin."),
    passage("Which of all of my many does it do"),
  ];
  const found = await order("which flags does my plugin have", passages);
  assertEquals(found, [2, 1, 0]);
});

Deno.test("rerank() searches for words that are everywhere if there are no others", async () => {
  assertEquals(await order("The Who", [passage("a"), passage("the Who")]), [1]);
});

Deno.test("rerank() ignores the configured words", async () => {
  const passages = [passage("und"), passage("Katze")];
  const scores = await rerank("Katze und", passages, {
    ignored_words: ["und"],
  });
  assertEquals(scores.map((score) => score > 0), [false, true]);
});

Deno.test("rerank() does not guess at short words", async () => {
  assertEquals(await rerank("net", [passage("the new nets and bet")]), [0]);
});

Deno.test("rerank() searches in any script", async (t) => {
  const cases = [
    ["权限", "程序需要读取文件的权限"],
    ["検索", "文書を検索する"],
    ["разрешение", "Нужно РАЗРЕШЕНИЕ на чтение"],
    ["uber", "Über Nacht"],
  ];
  for (const [query = "", text = ""] of cases) {
    await t.step(query, async () => {
      const found = await order(query, [passage("other"), passage(text)]);
      assertEquals(found, [1]);
    });
  }
});

Deno.test("rerank() returns a score for each passage, whatever the query", async () => {
  await using tested = await testPlugin(plugin, manifest);
  const { api } = tested;
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.array(fc.string({ unit: "binary", maxLength: 30 }), { maxLength: 8 }),
      async (query, texts) => {
        const scores = await api.rerank(query, texts.map((t) => passage(t)));
        assertEquals(scores.length, texts.length);
        assert(scores.every((score) => Number.isFinite(score) && score >= 0));
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("rerank() handles names of Object.prototype", async () => {
  const passages = [passage("constructor"), passage("__proto__ toString")];
  assertEquals(await order("constructor", passages), [0]);
  assertEquals(await order("__proto__", passages), [1]);
});

Deno.test("rerank() returns nothing without passages", async () => {
  assertEquals(await rerank("a", []), []);
  assertEquals(await rerank("", [passage("a")]), [0]);
  assertEquals(await rerank("?!", [passage("a ?!")]), [0]);
});

Deno.test("configSchema refuses a boost that would hide what matches", async () => {
  for (const heading_boost of [0, -1, NaN, "2"]) {
    await assertRejects(
      () => testPlugin(plugin, manifest, { config: { heading_boost } }),
      PluginError,
      "heading_boost",
    );
  }
});
