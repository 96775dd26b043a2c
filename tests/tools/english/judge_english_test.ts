import { assert, assertEquals } from "@std/assert";
import { judgeEnglish } from "../../../tools/english/judge_english.ts";
import { readProse } from "../../../tools/english/read_prose.ts";

const isWord = (word: string) => word !== "recieves";

function judge(path: string, ...lines: readonly string[]) {
  return judgeEnglish(readProse(path, lines.join("\n")), isWord);
}

function findings(path: string, ...lines: readonly string[]): string[] {
  return judge(path, ...lines).findings
    .map(({ found, kind, line }) => `${line} ${kind} ${found}`);
}

Deno.test("judgeEnglish() counts docstrings that begin with a question word", () => {
  const report = judge(
    "src/a.ts",
    "/** Whether it runs. */",
    "/**",
    " * What it holds.",
    " *",
    " * @returns Whether it runs.",
    " */",
    "/** Returns what it holds, and says how. */",
    "/** Whatever is left. */",
    "/** @param name What it is called. */",
    "interface A { /** what it holds. */ a: 1; }",
    'const text = "/** What no docstring is */";',
    "// What no docstring is",
    "/* What no docstring is */",
  );
  assertEquals(report.docstrings, 5);
  assertEquals(report.openerShare, 60);
  assertEquals(
    report.findings.map(({ found, line }) => `${line} ${found}`),
    ["1 Whether", "3 What", "10 what"],
  );
  for (const { instead } of report.findings) assert(instead !== "");
});

Deno.test("judgeEnglish() finds a phrase across a line break, in docstrings and pages", () => {
  assertEquals(
    findings("src/a.ts", "/**", " * Ends with null where", " * it is", " */"),
    ["2 phrase where it"],
  );
  assertEquals(
    findings("docs/a.md", "# One", "", "It is to", "be Disposed of."),
    ["4 phrase Disposed of", "3 phrase is to be"],
  );
  const { phraseRate } = judge("docs/a.md", "one two three is", "none five");
  assertEquals(phraseRate, 10_000 / 6);
});

Deno.test("judgeEnglish() finds misspelled words and skips what is code", () => {
  assertEquals(
    findings("docs/a.md", "It recieves one.", "Recieves, and (recieves)."),
    ["1 spelling recieves", "2 spelling recieves"],
  );
  for (
    const code of [
      "`recieves`",
      "`a\nrecieves`",
      "``a ` recieves``",
      "```ts\nrecieves\n```",
      "  ~~~~\n  recieves ```\n  ~~~~",
      "```ts\nrecieves, in a fence that never ends",
      "[one](recieves.md)",
      "https://example.com/recieves",
      '<img alt="recieves">',
      "recieves.md",
      "src/recieves",
      "--recieves",
      "@recieves",
      "recieves_one",
      "recievesOne",
    ]
  ) {
    assertEquals(
      findings("docs/a.md", code, "recieves"),
      [
        `${code.split("\n").length + 1} spelling recieves`,
      ].slice(code.includes("never ends") ? 1 : 0),
      code,
    );
  }
});

Deno.test("judgeEnglish() skips the names of tags", () => {
  assertEquals(
    findings(
      "src/a.ts",
      "/**",
      " * @param recieves The name.",
      " * @throws {recieves} when {@link recieves} fails.",
      " * @template recieves The type.",
      " */",
    ),
    [],
  );
});

Deno.test("judgeEnglish() divides nothing by nothing", () => {
  const { openerShare, phraseRate } = judge("src/a.ts", "const one = 1;");
  assertEquals([openerShare, phraseRate], [0, 0]);
});

Deno.test("judgeEnglish() counts phrases in comments, and no spelling", () => {
  assertEquals(
    findings(
      "src/a.ts",
      "// What this is: it recieves,",
      "  // where",
      "  // it can.",
      'const url = "// is none";',
    ),
    ["2 phrase where it"],
  );
});

Deno.test("judgeEnglish() counts phrases in names of tests, and no spelling", () => {
  assertEquals(
    findings(
      "tests/a_test.ts",
      'Deno.test("it is to be", () => {});',
      "Deno.test(",
      '  "what() is none, recieves",',
      "  async (t) => {",
      '    await t.step("where it \\" is none", () => {});',
      '    const other = text("it is none");',
      "    await t.step(`${it} is none`, () => {});",
      "  },",
      ");",
    ),
    [
      "1 phrase is to be",
      "3 phrase is none",
      "5 phrase is none",
      "5 phrase where it",
      "7 phrase is none",
    ],
  );
});
