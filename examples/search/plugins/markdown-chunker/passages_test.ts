import { assert, assertEquals } from "@std/assert";
import { chunk, outline } from "./outline.ts";

Deno.test("chunk() cuts a long section and begins each passage with the end of the one before", async () => {
  const sentence = (n: number) => `This is sentence number ${n} of them all.`;
  const paragraphs = Array.from(
    { length: 12 },
    (_, n) => `${sentence(2 * n)} ${sentence(2 * n + 1)}`,
  );
  const passages = await chunk(`# A\n\n${paragraphs.join("\n\n")}\n`, {
    max_characters: 300,
    overlap_characters: 60,
  });
  assertEquals(passages.length, 4);
  for (const [index, passage] of passages.entries()) {
    assertEquals(passage.headings, ["A"]);
    assert(passage.text.replaceAll("\n", "").length <= 300);
    const before = passages[index - 1];
    if (before === undefined) continue;
    const [repeated = ""] = passage.text.split("\n");
    assert(before.text.endsWith(repeated));
    assertEquals(repeated.split("This is").length, 2);
    assertEquals(passage.startLine, before.endLine);
  }
});

Deno.test("chunk() keeps a code block whole that is longer than a passage", async () => {
  const code = Array.from({ length: 40 }, (_, n) => `const x${n} = ${n};`);
  const text = `Before.\n\n\`\`\`ts\n${code.join("\n")}\n\`\`\`\n\nAfter.`;
  assertEquals(await outline(text, { max_characters: 400 }), [
    "1-1 : Before.",
    `4-43 : ${code.join("/")}`,
    "46-46 : After.",
  ]);
});

Deno.test("chunk() keeps a code block in a list whole", async () => {
  const code = Array.from({ length: 20 }, (_, n) => `const x${n} = ${n};`);
  const text = `1. Do\n\n   ~~~\n   ${code.join("\n   ")}\n   ~~~\n\n2. Done`;
  const passages = await chunk(text, {
    max_characters: 200,
    overlap_characters: 0,
  });
  assertEquals(passages.map((passage) => passage.text), [
    "1. Do",
    code.join("\n"),
    "2. Done",
  ]);
});

Deno.test("chunk() cuts a code block between lines if it is too long to keep whole", async () => {
  const code = Array.from({ length: 100 }, (_, n) => `const x${n} = ${n};`);
  const passages = await chunk(`    ${code.join("\n    ")}`, {
    max_characters: 200,
    max_code_characters: 300,
    overlap_characters: 0,
  });
  assert(passages.every(({ text }) => text.length <= 230));
  assertEquals(passages.map(({ text }) => text).join("\n"), code.join("\n"));
});

Deno.test("chunk() cuts long lines at the ends of sentences in any script", async (t) => {
  const cases: [string, string][] = [
    ["Latin", "Not one word of this may be lost. "],
    ["Chinese", "这里有一句话，它不长也不短。"],
    ["Japanese", "これは短い文です。"],
    ["Hindi", "यह एक छोटा वाक्य है। "],
    ["Arabic", "هذه جملة قصيرة جدا. "],
  ];
  for (const [name, sentence] of cases) {
    await t.step(name, async () => {
      const text = sentence.repeat(60).trim();
      const passages = await chunk(text, {
        max_characters: 200,
        overlap_characters: 0,
      });
      assert(passages.length > 1);
      assertEquals(passages.map((passage) => passage.text).join(""), text);
      for (const passage of passages) {
        assert(passage.text.length <= 200);
        assertEquals([passage.startLine, passage.endLine], [1, 1]);
        assert(passage.text.startsWith(sentence.trim()));
      }
    });
  }
});

Deno.test("chunk() never cuts a character in two", async () => {
  const text = "👩‍👩‍👧‍👧".repeat(100);
  const passages = await chunk(text, {
    max_characters: 200,
    overlap_characters: 0,
  });
  assertEquals(passages.map((passage) => passage.text).join(""), text);
  assert(passages.every((passage) => passage.text.length % 11 === 0));
});
