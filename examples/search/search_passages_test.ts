import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Passage } from "./contracts.ts";
import { searchPassages, type SearchTools } from "./search_passages.ts";

function passage(text: string, headings: readonly string[] = []): Passage {
  return { path: "a.md", headings, startLine: 1, endLine: 1, text };
}

/**
 * Embeds by the presence of three words; scores by the one word of the query.
 */
const TOOLS: SearchTools = {
  embed: (texts) =>
    Promise.resolve(texts.map((text) => {
      const vector = ["read", "write", "net"].map((word) =>
        Number(text.includes(word))
      );
      const norm = Math.hypot(...vector) || 1;
      return Float32Array.from(vector, (value) => value / norm);
    })),
  rerank: (query, passages) =>
    Promise.resolve(
      passages.map(({ text }) => text.split(query).length - 1),
    ),
};

Deno.test("searchPassages() returns what both judges find, best first", async () => {
  const found = await searchPassages(
    "read",
    [
      passage("write"),
      passage("read and net and write"),
      passage("read read"),
      passage("only here", ["read"]),
    ],
    TOOLS,
    10,
  );
  assertEquals(
    found.map(({ passage }) => passage.text),
    ["read read", "read and net and write", "only here"],
  );
  assert(found.every(({ score }, i) => score <= (found[i - 1]?.score ?? 1)));
});

Deno.test("searchPassages() returns at most the requested number", async () => {
  const passages = Array.from({ length: 9 }, () => passage("read"));
  const found = await searchPassages("read", passages, TOOLS, 3);
  assertEquals(found.length, 3);
});

Deno.test("searchPassages() returns nothing if nothing matches", async () => {
  const passages = [passage("write"), passage("")];
  assertEquals(await searchPassages("read", passages, TOOLS, 3), []);
  assertEquals(await searchPassages("read", [], TOOLS, 3), []);
});

Deno.test("searchPassages() does not trust a distant vector alone", async () => {
  const embed: SearchTools["embed"] = ([, ...texts]) =>
    Promise.resolve([
      Float32Array.of(1, 0),
      ...texts.map((text) => {
        const near = Number(text);
        return Float32Array.of(near, Math.sqrt(1 - near ** 2));
      }),
    ]);
  const found = await searchPassages(
    "read",
    [passage("0.2"), passage("0.3")],
    { ...TOOLS, embed },
    5,
  );
  assertEquals(found.map(({ passage }) => passage.text), ["0.3"]);
});

Deno.test("searchPassages() finds a word among many passages that look alike", async () => {
  const passages = Array.from({ length: 2_000 }, () => passage("net write"));
  passages.splice(1_234, 0, passage("read"));
  const [first] = await searchPassages("read", passages, TOOLS, 1);
  assertEquals(first?.passage.text, "read");
});

Deno.test("searchPassages() throws when a plugin returns too few results", async () => {
  const passages = [passage("read"), passage("write")];
  const half: SearchTools = {
    embed: async (texts) => (await TOOLS.embed(texts)).slice(1),
    rerank: () => Promise.resolve([1]),
  };
  await assertRejects(
    () => searchPassages("read", passages, { ...TOOLS, ...half }, 1),
    RangeError,
    "The embedding gave 1 answers for 2 passages",
  );
  await assertRejects(
    () => searchPassages("read", passages, { ...half, embed: TOOLS.embed }, 1),
    RangeError,
    "The reranker gave 1 answers for 2 passages",
  );
});
