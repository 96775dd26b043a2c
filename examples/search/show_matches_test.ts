import { assertEquals } from "@std/assert";
import type { Match } from "./search_passages.ts";
import { matchesAsJson, showMatches } from "./show_matches.ts";

const EVIL = `evil \x1b]0;x\x07\u202e text ${"and so on ".repeat(9)}`;

const MATCHES: readonly Match[] = [{
  passage: {
    path: "docs/a.md",
    headings: ["Guide", "Flags"],
    startLine: 7,
    endLine: 9,
    text: "First line.\n\n  indented line",
  },
  excerpt: { line: 7, lines: ["First line.", "  indented line"] },
  score: 0.5,
}, {
  passage: {
    path: "b\x1b[2J.md",
    headings: [],
    startLine: 1,
    endLine: 1,
    text: EVIL,
  },
  excerpt: { line: 1, lines: [EVIL] },
  score: 0.25,
}];

Deno.test("showMatches() writes place, headings and text, fit for a terminal", () => {
  assertEquals(
    showMatches(MATCHES, (text) => `*${text}*`, 96),
    [
      "1. *docs/a.md:7*  Guide > Flags",
      "   First line.",
      "     indented line",
      "",
      "2. *b\\u001b[2J.md:1*",
      "   evil \\u001b]0;x\\u0007\\u202e text and so on and so on and so on and so on and so on and so on and",
      "   so on and so on and so on",
      "",
    ].join("\n"),
  );
});

Deno.test("showMatches() writes nothing without matches", () => {
  assertEquals(showMatches([], String, 96), "");
});

Deno.test("matchesAsJson() writes everything that a program can use", () => {
  const json = matchesAsJson(MATCHES.slice(0, 1), "line", "hashing-embedding");
  assertEquals(JSON.parse(json), {
    query: "line",
    embedding: "hashing-embedding",
    matches: [{
      path: "docs/a.md",
      headings: ["Guide", "Flags"],
      startLine: 7,
      endLine: 9,
      line: 7,
      score: 0.5,
      text: "First line.\n\n  indented line",
    }],
  });
});
