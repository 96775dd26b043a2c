import { assertEquals } from "@std/assert";
import {
  alignSpans,
  maskSpans,
  mergeSpans,
} from "../../src/secrets/redaction.ts";

Deno.test("alignSpans() finds the masked parts, and detects texts that do not match", () => {
  const cases: readonly (readonly [string, string, string[] | undefined])[] = [
    ["abc", "abc", []],
    ["abc", "[REDACTED]", ["abc"]],
    ["abc", "a[REDACTED]c", ["b"]],
    ["a=1;b=2", "a=[REDACTED];b=[REDACTED]", ["1", "2"]],
    ["ab", "a[REDACTED]b", [""]],
    ["abc", "x[REDACTED]", undefined],
    ["abc", "a[REDACTED]x", undefined],
    ["abc", "ab[REDACTED]bc", undefined],
    ["abcd", "a[REDACTED]x[REDACTED]d", undefined],
    ["abc", "abd", undefined],
  ];
  for (const [text, masked, found] of cases) {
    const spans = alignSpans(text, masked);
    assertEquals(
      spans?.map(({ start, end }) => text.slice(start, end)),
      found,
      masked,
    );
    if (spans !== undefined) assertEquals(maskSpans(text, spans), masked);
  }
});

Deno.test("mergeSpans() sorts parts and joins those that touch", () => {
  const span = (start: number, end: number) => ({ start, end });
  assertEquals(
    mergeSpans([span(5, 9), span(0, 2), span(6, 7), span(2, 4), span(8, 11)]),
    [span(0, 4), span(5, 11)],
  );
  assertEquals(mergeSpans([]), []);
});
