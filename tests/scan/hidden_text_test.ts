import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { scanHiddenText } from "../../src/scan/hidden_text.ts";
import { scanModule } from "../../src/scan/scan_module.ts";

function judge(text: string): readonly string[] {
  return scanHiddenText(text).map(({ certainty, what }) =>
    `${certainty} ${what}`
  );
}

Deno.test("scanHiddenText() tells hidden text from the writing of people", async (t) => {
  const table:
    readonly (readonly [text: string, ...found: readonly string[]])[] = [
      ["plain text"],
      ["\ufeffa mark at the start"],
      ["👨‍👩‍👧 ❤️ 1️⃣ ©️ ☎︎"],
      ["🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"],
      ["می‌خواهم क्‍ष"],
      ["\u200fשלום\u200e"],
      ["a\u202eb", "hidden U+202E"],
      [
        "/*\u202e } \u2066if (isAdmin)\u2069 \u2066 begin */",
        "hidden U+202E",
        "hidden U+2066",
        "hidden U+2069",
        "hidden U+2066",
      ],
      ["a\u200bb", "note U+200B"],
      ["a\ufeffb", "note U+FEFF"],
      ["soft\u00adhyphen", "note U+00AD"],
      ["a\u200b\u200c\u200d\u200bb", "hidden U+200B U+200C U+200D U+200B"],
      ["x\ufe00\ufe01\ufe02", "hidden U+FE00 U+FE01 U+FE02"],
      [
        "eval(`\u{e0101}\u{e0102}\u{e0103}\u{e0104}\u{e0105}`)",
        "hidden U+E0101 U+E0102 U+E0103 U+E0104 and 1 more",
      ],
      ["a\u{e0041}", "hidden U+E0041"],
      ["\u3164 = 1", "note U+3164"],
    ];
  for (const [text, ...found] of table) {
    await t.step(JSON.stringify(text), () => assertEquals(judge(text), found));
  }
});

Deno.test("scanHiddenText() finds each of 200 payloads that are hidden in selectors", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  let count = 0;
  fc.assert(
    fc.property(fc.array(byte, { minLength: 3, maxLength: 40 }), (bytes) => {
      const payload = bytes.map((one) =>
        String.fromCodePoint(one < 16 ? 0xfe00 + one : 0xe0100 + one - 16)
      ).join("");
      const found = scanHiddenText(`const s = \`${payload}\`;`);
      assert(found.some(({ certainty }) => certainty === "hidden"));
      count++;
    }),
    { numRuns: 200 },
  );
  assertEquals(count, 200);
});

Deno.test("scanHiddenText() tells the line and the column, and counts notes up to 20", () => {
  const [found] = scanHiddenText("a\nbc\u202ed");
  assertEquals([found?.line, found?.column], [2, 3]);
  assertEquals(scanHiddenText("a\u200b ".repeat(100)).length, 20);
});

Deno.test("scanModule() finds names in which characters hide", async (t) => {
  const names = [
    "isAdmin\u200d",
    "a\u{e0100}",
    "\u3164",
    "x\ufe0f",
    "a\u034fb",
  ];
  for (const name of names) {
    for (
      const code of [`const ${name} = 1;`, `x.${name} = 1;`, `f(${name});`]
    ) {
      await t.step(JSON.stringify(code), () => {
        const { observations } = scanModule(code, "mod.js");
        assert(
          observations.some(({ certainty }) => certainty === "hidden"),
          JSON.stringify(observations),
        );
      });
    }
  }
});
