import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Passage } from "./contracts.ts";
import { excerptsOf } from "./excerpts_of.ts";

function passage(text: string): Passage {
  const endLine = 9 + text.split("\n").length;
  return { path: "a.md", headings: [], startLine: 10, endLine, text };
}

Deno.test("excerptsOf() shows a short passage as a whole, without empty lines", () => {
  assertEquals(excerptsOf(passage("one\n\n  two\n")), [
    { line: 10, lines: ["one", "  two"] },
  ]);
});

Deno.test("excerptsOf() begins with paragraphs and items, not in the middle of them", () => {
  const text = [
    "a",
    "b",
    "",
    "c",
    "d",
    "- e",
    "f",
    "1. g",
    "",
    "h",
    "i",
    "j",
    "k",
  ];
  assertEquals(excerptsOf(passage(text.join("\n"))), [
    { line: 10, lines: ["a", "b", "c", "d", "- e", "f", "1. g", "h"] },
    { line: 13, lines: ["c", "d", "- e", "f", "1. g", "h", "i", "j"] },
    { line: 15, lines: ["- e", "f", "1. g", "h", "i", "j", "k"] },
  ]);
});

Deno.test("excerptsOf() also begins inside a paragraph that is longer than an excerpt", () => {
  const lines = Array.from({ length: 20 }, (_, n) => `line ${n}`);
  const excerpts = excerptsOf(passage(lines.join("\n")));
  assertEquals(excerpts.map(({ line }) => line), [10, 14, 18, 22]);
});

Deno.test("excerptsOf() shows a long line by its sentences", () => {
  const sentence = "This is one sentence of many in one line. ";
  const excerpts = excerptsOf(passage(sentence.repeat(30)));
  assert(excerpts.length > 10);
  for (const { line, lines } of excerpts) {
    assertEquals(line, 10);
    assert(lines.every((text) => text === sentence.trim()));
  }
});

Deno.test("excerptsOf() cuts endless text, but never inside a character", () => {
  const [excerpt, ...more] = excerptsOf(passage("😀".repeat(1_000)));
  assertEquals([excerpt?.lines.length, more], [1, []]);
  assert(excerpt?.lines[0]?.endsWith("…") && excerpt.lines[0].isWellFormed());
});

Deno.test("excerptsOf() returns short excerpts with their lines", () => {
  const line = fc.constantFrom("", "word", "- item", "x".repeat(150));
  fc.assert(fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
    const excerpts = excerptsOf(passage(lines.join("\n")));
    assertEquals(excerpts.length > 0, lines.some((text) => text !== ""));
    for (const excerpt of excerpts) {
      assertEquals(lines[excerpt.line - 10], excerpt.lines[0]);
      assert(excerpt.lines.length <= 8);
      assert(excerpt.lines.join("").length <= 450);
    }
  }));
});
