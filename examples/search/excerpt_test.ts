import { assert, assertEquals } from "@std/assert";
import type { Passage } from "./contracts.ts";
import { excerptOf } from "./excerpt.ts";

function passage(text: string): Passage {
  const endLine = 9 + text.split("\n").length;
  return { path: "a.md", headings: [], startLine: 10, endLine, text };
}

const FILLER = Array.from({ length: 30 }, (_, n) => `line ${n} of many others`);

Deno.test("excerptOf() shows a short passage as a whole, without empty lines", () => {
  assertEquals(excerptOf(passage("one\n\n  two\n"), "none"), {
    line: 10,
    lines: ["one", "  two"],
  });
});

Deno.test("excerptOf() begins where the words of the query stand", () => {
  const lines = [...FILLER, "Grant the Permission here.", ...FILLER];
  const excerpt = excerptOf(passage(lines.join("\n")), "the permission");
  assert(excerpt.lines.includes("Grant the Permission here."));
  assert(excerpt.line > 20 && excerpt.line <= 40);
});

Deno.test("excerptOf() prefers the place with the most different words", () => {
  const lines = ["read read read", ...FILLER, "read and write", ...FILLER];
  const excerpt = excerptOf(passage(lines.join("\n")), "write read");
  assert(excerpt.lines.includes("read and write"));
});

Deno.test("excerptOf() shows the sentence of a long line", () => {
  const sentence = "This one is about something else. ";
  const text = `${sentence.repeat(20)}Here is the audit. ${
    sentence.repeat(20)
  }`;
  const excerpt = excerptOf(passage(text), "audit");
  assert(excerpt.lines.includes("Here is the audit."));
  assert(excerpt.lines.join("").length <= 420);
  assertEquals(excerpt.line, 10);
});

Deno.test("excerptOf() cuts what has no end", () => {
  const { lines } = excerptOf(passage("😀".repeat(1_000)), "x");
  assertEquals(lines.length, 1);
  assert(lines[0]?.endsWith("…"));
  assert(lines[0]?.isWellFormed());
});

Deno.test("excerptOf() knows words in writing without spaces", () => {
  const lines = [...FILLER, "程序需要读取文件的权限", ...FILLER];
  const excerpt = excerptOf(passage(lines.join("\n")), "权限");
  assert(excerpt.lines.includes("程序需要读取文件的权限"));
});
