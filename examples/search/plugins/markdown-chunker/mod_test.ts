import { PluginError } from "@semantik/plugins";
import { testPlugin } from "@semantik/plugins/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import plugin from "./mod.ts";
import manifest from "./plugin.json" with { type: "json" };
import { chunk, outline } from "./outline.ts";

Deno.test("chunk() makes a passage of each section, under all its headings", async () => {
  const text = [
    "Before.",
    "",
    "# One",
    "First.",
    "### Deep",
    "Second.",
    "## Shallow",
    "Third",
    "goes on.",
    "# Two",
    "Fourth.",
  ].join("\n");
  assertEquals(await outline(text), [
    "1-1 : Before.",
    "4-4 One: First.",
    "6-6 One > Deep: Second.",
    "8-9 One > Shallow: Third/goes on.",
    "11-11 Two: Fourth.",
  ]);
});

Deno.test("chunk() recognizes every syntax of headings", async (t) => {
  const cases: [string, string, string][] = [
    ["underlined", "Title\n=====\n\ntext", "4-4 Title: text"],
    ["underlined, on two lines", "A\nB\n---\ntext", "4-4 A B: text"],
    ["closed", "## Title ##\ntext", "2-2 Title: text"],
    ["with markup", "# The `x` *is* [y](z)\ntext", "2-2 The x is y: text"],
    ["with an anchor", "# Title {#here}\ntext", "2-2 Title: text"],
    ["in HTML", '<h1 align="center">A &amp; B</h1>\n\ntext', "3-3 A & B: text"],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(name, async () => {
      assertEquals(await outline(text), [expected]);
    });
  }
});

Deno.test("chunk() does not mistake other text for a heading", async () => {
  const text = [
    "# Title",
    "```sh",
    "# a comment",
    "```",
    "",
    "> # quoted",
    "",
    "- # listed",
    "",
    "#hashtag",
    "",
    "<div><h2>inner</h2> and more</div>",
  ].join("\n");
  const passages = await chunk(text);
  assertEquals(passages.map(({ headings }) => headings), [["Title"]]);
});

Deno.test("chunk() keeps a heading without text", async () => {
  assertEquals(await outline("# A\n## B\n## C\ntext\n# D\n"), [
    "2-2 A > B: B",
    "4-4 A > C: text",
    "5-5 D: D",
  ]);
});

Deno.test("chunk() counts lines whatever ends them", async (t) => {
  for (const [name, end] of [["LF", "\n"], ["CRLF", "\r\n"], ["CR", "\r"]]) {
    await t.step(`${name}`, async () => {
      const text = [
        "# A",
        "",
        "one",
        "two",
        "",
        "```",
        "x",
        "",
        "y",
        "```",
        "# B",
        "z",
      ];
      assertEquals(await outline(text.join(end)), [
        "3-9 A: one/two///x//y",
        "12-12 B: z",
      ]);
    });
  }
});

Deno.test("chunk() sees a heading behind a byte order mark", async () => {
  assertEquals(await outline("\ufeff# A\ntext"), ["2-2 A: text"]);
  assertEquals(await outline("\ufeff---\ntitle: A\n---\ntext"), [
    "4-4 A: text",
  ]);
});

Deno.test("chunk() reads the title from front matter", async (t) => {
  const cases: [string, string, string][] = [
    ["before text", "---\ntitle: A\n---\ntext", "4-4 A: text"],
    ["quoted", '---\ntitle: "A: b"\n---\ntext', "4-4 A: b: text"],
    ["folded", "---\ntitle: >-\n  A\n  b\n---\ntext", "6-6 A b: text"],
    ["a number", "---\ntitle: 2026\n---\ntext", "4-4 2026: text"],
    ["before headings", "---\ntitle: A\n---\n## B\ntext", "5-5 A > B: text"],
    ["said again", "---\ntitle: A\n---\n# A\n## B\ntext", "6-6 A > B: text"],
    ["none", "---\ntags: [a]\n---\ntext", "4-4 : text"],
    ["not a text", "---\ntitle: [a]\n---\ntext", "4-4 : text"],
    ["not a map", "---\njust words\n---\ntext", "4-4 : text"],
    ["not YAML", "---\ntitle: [\n---\ntext", "4-4 : text"],
    ["TOML", '+++\ntitle = "A"\n+++\ntext', "4-4 : text"],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(name, async () => {
      assertEquals(await outline(text), [expected]);
    });
  }
});

Deno.test("chunk() leaves out invisible text", async () => {
  const text = [
    "See [the *guide*](https://a.example/b?c=d), ![a map](map.png) and `x`.",
    "",
    "[ref]: https://a.example/ 'title'",
    "",
    "<!-- a note",
    "",
    "to self -->",
    "",
    "***",
    "",
    "<details><summary>More &lt;here&gt;</summary>",
    "",
    "Bare < and & and \\* and &copy;<br>x<!-- y -->",
    "",
    "<script>alert(1)</script>",
    "<style>",
    "a > b { }",
    "</style>",
  ].join("\n");
  const [passage, ...more] = await chunk(text);
  assertEquals(more, []);
  assertEquals(passage?.text.split("\n").filter((line) => line !== ""), [
    "See the guide, a map and x.",
    "More <here>",
    "Bare < and & and * and ©x",
  ]);
});

Deno.test("chunk() treats an unclosed comment as a comment", async () => {
  assertEquals(await outline("# A\ntext\n\n<!-- b\n\n# C\nd"), ["2-2 A: text"]);
});

Deno.test("chunk() keeps lists and tables readable", async () => {
  const text = [
    "- one",
    "  - [ ] two",
    "    more",
    "1. first",
    "2. > second",
    "",
    "| a | b |",
    "| - | - |",
    "| [`c`](d) | e |",
    "| c\\|d | e |",
  ].join("\n");
  const [passage] = await chunk(text);
  assertEquals(passage?.text.split("\n"), [
    "- one",
    "  - two",
    "more",
    "1. first",
    "2. second",
    "",
    "a | b",
    "",
    "c | e",
    "c|d | e",
  ]);
});

Deno.test("chunk() returns nothing for a document without text", async (t) => {
  for (
    const text of ["", "\ufeff", "\n\n", "<!-- a -->", "[a]: b", "---\n---\n"]
  ) {
    await t.step(JSON.stringify(text), async () => {
      assertEquals(await chunk(text), []);
    });
  }
});

Deno.test("chunk() has a line of text for each line of the document", async () => {
  await using tested = await testPlugin(plugin, manifest, {
    config: {
      max_characters: 200,
      overlap_characters: 50,
    },
  });
  const { api } = tested;
  const line = fc.constantFrom(
    "",
    "",
    "# Heading",
    "Setext",
    "---",
    "===",
    "```",
    "    indented",
    "- item",
    "  1. inner",
    "> quote",
    "| a | b |",
    "|---|---|",
    "<div>",
    "</div>",
    "<!--",
    "-->",
    "[^1]: note",
    "a long line of words that goes on. ".repeat(8),
    "漢字".repeat(120),
    "&#10;&amp; `code",
    "span` **bold",
    "bold**",
    "\ttab",
  );
  await fc.assert(fc.asyncProperty(
    fc.array(line, { maxLength: 40 }),
    fc.constantFrom("\n", "\r\n"),
    async (lines, end) => {
      const passages = await api.chunk({ path: "p", text: lines.join(end) });
      let last = 1;
      for (const { startLine, endLine, text, path } of passages) {
        assertEquals(path, "p");
        assertEquals(text.split("\n").length, endLine - startLine + 1);
        assert(startLine >= last && endLine <= lines.length);
        assert(text.trim() !== "" && !text.includes("\r"));
        last = startLine;
      }
    },
  ));
});

Deno.test("configSchema refuses contradicting limits and unknown keys", async () => {
  await assertRejects(
    () =>
      testPlugin(plugin, manifest, {
        config: { max_characters: 300, overlap_characters: 200 },
      }),
    PluginError,
    "overlap_characters: must be at most half of max_characters",
  );
  await assertRejects(
    () => testPlugin(plugin, manifest, { config: { max_character: 300 } }),
    PluginError,
    "max_character",
  );
});
