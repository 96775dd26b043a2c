import { assert, assertEquals, assertFalse } from "@std/assert";
import * as fc from "fast-check";
import { cut, describeThrown, escapeControls, quote } from "../src/text.ts";

Deno.test("escapeControls() makes what drives a terminal or starts a line visible", async (t) => {
  const rows = [
    ["plain text, ümläut, 日本語, 🎉", "plain text, ümläut, 日本語, 🎉"],
    ["a\nb\r\tc", "a\\nb\\r\\tc"],
    ["\u001b[2J", "\\u001b[2J"],
    ["a\u2028b\u2029c", "a\\u2028b\\u2029c"],
    ["user\u202etxt.exe", "user\\u202etxt.exe"],
    ["zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"],
    ["half \ud83c pair", "half \\ud83c pair"],
    ["\u0085\u009b", "\\u0085\\u009b"],
  ] as const;
  for (const [text, expected] of rows) {
    await t.step(
      JSON.stringify(text),
      () => assertEquals(escapeControls(text), expected),
    );
  }
});

Deno.test("escapeControls() leaves one line without controls, whatever the text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const shown = escapeControls(text);
    // deno-lint-ignore no-control-regex
    assertFalse(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/.test(shown));
    assertEquals(escapeControls(shown), shown);
  }));
});

Deno.test("cut() says how much is missing, and cuts no pair in two", () => {
  assertEquals(cut("abc", 3), "abc");
  assertEquals(cut("abcdef", 4), "abcd… (2 more characters)");
  assertEquals(cut("ab🎉cd", 3), "ab… (4 more characters)");
});

Deno.test("quote() shows a value in quotes on one short line", () => {
  assertEquals(quote("a\nb"), '"a\\nb"');
  assert(quote("x".repeat(1_000_000)).length < 300);
});

Deno.test("describeThrown() says what was thrown, whatever it was", async (t) => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const rows: readonly (readonly [string, unknown, string])[] = [
    ["an error", new TypeError("no such thing"), "TypeError: no such thing"],
    ["an error without words", new Error(), "Error"],
    ["colours of Deno", new Error("\u001b[31mred\u001b[0m"), "Error: red"],
    ["an escape", new Error("\u001b[2J"), "Error: \\u001b[2J"],
    ["null", null, "the value null"],
    ["undefined", undefined, "the value undefined"],
    ["a text", "oops\n", 'the text "oops\\n"'],
    ["a symbol", Symbol("s"), "the value Symbol(s)"],
    ["a bigint", 1n, "the value 1"],
    ["no prototype", Object.create(null), "a value that cannot be shown"],
    ["a throwing toString", {
      toString() {
        throw null;
      },
    }, "a value that cannot be shown"],
    ["a revoked proxy", proxy, "a value that cannot be shown"],
    [
      "a throwing message",
      Object.defineProperty(new Error(), "message", {
        get() {
          throw new Error("again");
        },
      }),
      "a value that cannot be shown",
    ],
  ];
  for (const [name, thrown, expected] of rows) {
    await t.step(name, () => assertEquals(describeThrown(thrown), expected));
  }
});
