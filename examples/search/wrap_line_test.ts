import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { wrapLine } from "./wrap_line.ts";

Deno.test("wrapLine() breaks between words and keeps the indentation", () => {
  assertEquals(wrapLine("  one two three", 9), ["  one two", "  three"]);
  assertEquals(wrapLine("short", 9), ["short"]);
  assertEquals(wrapLine("a toolongword b", 5), ["a", "toolongword", "b"]);
});

Deno.test("wrapLine() loses no word", () => {
  fc.assert(fc.property(fc.string(), fc.integer({ min: 1 }), (line, width) => {
    const words = (text: string) => text.split(/\s+/).filter(Boolean);
    const lines = wrapLine(line, width);
    assertEquals(words(lines.join(" ")), words(line));
    assert(lines.length > 0);
  }));
});
