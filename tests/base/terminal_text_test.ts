import { assert, assertEquals } from "@std/assert";
import {
  createPaint,
  displayWidth,
  padToWidth,
  wrapText,
} from "../../src/base/terminal_text.ts";

Deno.test("displayWidth() counts columns, not characters", () => {
  const widths: Readonly<Record<string, number>> = {
    "": 0,
    "plain": 5,
    "日本語": 6,
    "한국": 4,
    // Decomposed: two syllables of two and three letters.
    "\u1100\u1161\u1112\u1161\u11ab": 4,
    "ｆｕｌｌ": 8,
    "ｶﾅ": 2,
    "e\u0301a\u0308\u0323": 2,
    "⌚🚀": 4,
    "👩‍💻": 2,
    "👍🏽": 2,
    "🇩🇪": 2,
    "1️⃣": 2,
    "\x1b[1m\x1b[31mred\x1b[0m": 3,
  };
  for (const [text, width] of Object.entries(widths)) {
    assertEquals([text, displayWidth(text)], [text, width]);
  }
  assertEquals(padToWidth("日本", 6), "日本  ");
  assertEquals(padToWidth("日本語", 2), "日本語");
});

Deno.test("wrapText() loses nothing and keeps to the width", () => {
  const texts = [
    "Words of all lengths, a few of them characteristically incomprehensible",
    "插件的说明文字非常长，没有空格，因此必须在字符之间换行。「引用」也在其中",
    `One word: ${"w".repeat(100)} and ${"👩‍💻".repeat(30)}`,
    createPaint(true).red("A color that goes over several lines of the text"),
  ];
  for (const text of texts) {
    for (const columns of [16, 20, 33, 60]) {
      const lines = wrapText(text, columns, { hanging: "  " });
      assert(lines.length > 1 || displayWidth(text) <= columns);
      for (const line of lines) assert(displayWidth(line) <= columns, line);
      const plain = (shown: string) =>
        shown.replaceAll("\x1b[0m", "").replaceAll("\x1b[38;5;160m", "")
          .replaceAll(" ", "");
      assertEquals(plain(lines.join("")), plain(text));
    }
  }
  assertEquals(wrapText("  short", 10), ["  short"]);
  assertEquals(wrapText("  as long as it is", Infinity), [
    "  as long as it is",
  ]);
});

Deno.test("wrapText() colors each line of a colored text by itself", () => {
  assertEquals(
    wrapText(`${createPaint(true).red("one two three four")} five`, 16, {
      hanging: "  ",
    }),
    [
      "\x1b[38;5;160mone two three\x1b[0m",
      "  \x1b[38;5;160mfour\x1b[0m five",
    ],
  );
});

Deno.test("wrapText() keeps flags, paths and URLs in one piece", () => {
  for (
    const whole of [
      "--allow-read='/a b/c d','/it'\\''s here'",
      "--allow-env=\"$(printf 'A\\012 B')\"",
      "--allow-net=a.example:443,b.example:443",
      "/var/lib/a/very/long/path",
      "jsr:@acme/a-long-name@^1.0.0/mod",
      "https://a.example/long/path",
    ]
  ) {
    const lines = wrapText(`Start the host with ${whole}, please`, 20);
    assert(lines.some((line) => line.includes(whole)), lines.join("\n"));
  }
});

Deno.test("wrapText() knows the quotes around a flag from those of its value", () => {
  assertEquals(
    wrapText(
      'Write "plugin --help" or "x --a=/b c" for "more help" on that',
      24,
    ),
    ['Write "plugin --help" or', '"x --a=/b c" for "more', 'help" on that'],
  );
});

Deno.test("wrapText() breaks between flags so that a shell takes the lines as one", () => {
  const text = "Start the host with --allow-read='/a b' --allow-env=A,B,C";
  assertEquals(wrapText(text, 40, { hanging: "  " }), [
    "Start the host with",
    "  --allow-read='/a b' --allow-env=A,B,C",
  ]);
  assertEquals(wrapText(text, 30, { hanging: "  " }), [
    "Start the host with",
    "  --allow-read='/a b' \\",
    "  --allow-env=A,B,C",
  ]);
  const command = "deno run --allow-read='/a b' main.ts --port 80";
  assertEquals(
    wrapText(command, 24, { hanging: "  ", isCommand: true }),
    [
      "deno run \\",
      "  --allow-read='/a b' \\",
      "  main.ts --port 80",
    ],
  );
});
