import { assert, assertEquals, assertFalse } from "@std/assert";
import * as fc from "fast-check";
import {
  cut,
  describeThrown,
  escapeControls,
  quote,
} from "../../src/base/text.ts";

Deno.test("escapeControls() shows characters that control a terminal or start a line", async (t) => {
  const rows = [
    ["plain text, ümläut, 日本語, 🎉", "plain text, ümläut, 日本語, 🎉"],
    ["a\nb\r\tc", "a\\nb\\r\\tc"],
    ["\u001b[2J", "\\u001b[2J"],
    ["a\u2028b\u2029c", "a\\u2028b\\u2029c"],
    ["user\u202etxt.exe", "user\\u202etxt.exe"],
    ["zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"],
    ["half \ud83c pair", "half \\ud83c pair"],
    ["\u0085\u009b", "\\u0085\\u009b"],
    ["a\u3164b\u115f\u1160\uffa0", "a\\u3164b\\u115f\\u1160\\uffa0"],
    ["a\u034fb\u2800", "a\\u034fb\\u2800"],
    ["a\u{e0041}b", "a\\udb40\\udc41b"],
    ["\u00e9\u0301 \u{1f468}\u200d\u{1f469}", "\u00e9\u0301 👨\\u200d👩"],
  ] as const;
  for (const [text, expected] of rows) {
    await t.step(
      JSON.stringify(text),
      () => assertEquals(escapeControls(text), expected),
    );
  }
});

Deno.test("escapeControls() shows every invisible character, and JSON parses it back", () => {
  const ranges: readonly (readonly [number, number])[] = [
    [0x00, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x034f, 0x034f],
    [0x061c, 0x061c],
    [0x115f, 0x1160],
    [0x17b4, 0x17b5],
    [0x180b, 0x180f],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0x2800, 0x2800],
    [0x3164, 0x3164],
    [0xd800, 0xdfff],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
    [0xffa0, 0xffa0],
    [0xfff0, 0xfffc],
    [0xfffe, 0xffff],
    [0x13430, 0x1343f],
    [0x16fe4, 0x16fe4],
    [0x1bca0, 0x1bca3],
    [0x1d159, 0x1d159],
    [0x1d173, 0x1d17a],
    [0xe0000, 0xe0fff],
  ];
  for (const [from, to] of ranges) {
    for (let code = from; code <= to; code++) {
      const character = String.fromCodePoint(code);
      const shown = escapeControls(`a${character}b`);
      assert(/^a(\\(u[0-9a-f]{4}|[nrt]))+b$/.test(shown), code.toString(16));
      assertEquals(JSON.parse(`"${shown}"`), `a${character}b`);
    }
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

Deno.test("cut() adds how much is missing, and splits no surrogate pair", () => {
  assertEquals(cut("abc", 3), "abc");
  assertEquals(cut("abcdef", 4), "abcd… (2 more characters)");
  assertEquals(cut("ab🎉cd", 3), "ab… (4 more characters)");
});

Deno.test("quote() shows a value in quotes on one short line", () => {
  assertEquals(quote("a\nb"), '"a\\nb"');
  assert(quote("x".repeat(1_000_000)).length < 300);
});

Deno.test("describeThrown() describes any thrown value", async (t) => {
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
