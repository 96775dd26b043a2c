import { assert, assertEquals } from "@std/assert";
import type { Passage } from "./contracts.ts";
import { searchPassages, type SearchTools } from "./search_passages.ts";

function passage(text: string, headings: readonly string[] = []): Passage {
  return { path: "a.md", headings, startLine: 1, endLine: 1, text };
}

/** Embeds by the presence of three words; judges by the one word of the query. */
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

Deno.test("searchPassages() answers with what both judges find, the best first", async () => {
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

Deno.test("searchPassages() answers with no more than it is asked for", async () => {
  const passages = Array.from({ length: 9 }, () => passage("read"));
  const found = await searchPassages("read", passages, TOOLS, 3);
  assertEquals(found.length, 3);
});

Deno.test("searchPassages() answers with nothing where nothing fits", async () => {
  const passages = [passage("write"), passage("")];
  assertEquals(await searchPassages("read", passages, TOOLS, 3), []);
  assertEquals(await searchPassages("read", [], TOOLS, 3), []);
});

Deno.test("searchPassages() finds a word among many passages that look alike", async () => {
  const passages = Array.from({ length: 2_000 }, () => passage("net write"));
  passages.splice(1_234, 0, passage("read"));
  const [first] = await searchPassages("read", passages, TOOLS, 1);
  assertEquals(first?.passage.text, "read");
});
