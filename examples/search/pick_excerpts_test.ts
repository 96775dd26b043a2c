import { assertEquals } from "@std/assert";
import type { Passage, Reranker } from "./contracts.ts";
import { pickExcerpts } from "./pick_excerpts.ts";

const FILLER = Array.from({ length: 12 }, (_, n) => `- item ${n}`);

function passage(lines: readonly string[], startLine = 1): Passage {
  return {
    path: "a.md",
    headings: ["A"],
    startLine,
    endLine: startLine + lines.length - 1,
    text: lines.join("\n"),
  };
}

/** Counts the words of the query. */
const rerank: Reranker["rerank"] = (query, passages) =>
  passages.map(({ text }) =>
    query.split(" ").filter((word) => text.includes(word)).length
  );

async function pick(query: string, ...passages: readonly Passage[]) {
  const excerpts = await pickExcerpts(query, passages, rerank);
  return excerpts.map(({ line }) => line);
}

Deno.test("pickExcerpts() picks the excerpt with the highest score", async () => {
  const first = passage([...FILLER, "- read and write", ...FILLER]);
  const second = passage([...FILLER, ...FILLER, "- write"], 101);
  assertEquals(await pick("read write", first, second), [6, 118]);
});

Deno.test("pickExcerpts() picks the beginning if nothing is much better", async () => {
  assertEquals(await pick("none", passage(FILLER, 5)), [5]);
  const lines = ["- read", ...FILLER, "- read", ...FILLER];
  assertEquals(await pick("read", passage(lines, 5)), [5]);
});

Deno.test("pickExcerpts() of no passages is empty", async () => {
  assertEquals(await pick("read"), []);
});
