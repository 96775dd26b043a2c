import { assert, assertEquals } from "@std/assert";
import {
  createPaint,
  displayWidth,
  PLAIN_SCREEN,
} from "../../src/base/terminal_text.ts";
import {
  formatCommand,
  formatCount,
  formatCounts,
  formatProblems,
  formatTable,
} from "../../src/cli/format.ts";

const HEADER = ["ID", "NAME", "NOTE"];
const ROWS = [
  ["a", "日本語プラグイン", "first"],
  [
    "longer-id",
    "Plain",
    "a note of several words that is longer than the rest",
  ],
  ["b", "🚀 emoji", ""],
];

Deno.test("formatTable() aligns columns by the width of their letters", () => {
  const lines = formatTable(HEADER, ROWS, PLAIN_SCREEN).split("\n");
  assertEquals(lines, [
    "ID         NAME              NOTE",
    "a          日本語プラグイン  first",
    "longer-id  Plain             a note of several words that is longer than the rest",
    "b          🚀 emoji",
    "",
  ]);
});

Deno.test("formatTable() wraps within its columns", () => {
  for (const columns of [40, 60, 80]) {
    const screen = { paint: createPaint(true), columns };
    const lines = formatTable(HEADER, ROWS, screen).trimEnd().split("\n");
    for (const line of lines) assert(displayWidth(line) <= columns, line);
    assert(lines.length > ROWS.length, `${columns}`);
  }
  const path = "/a/path/that/is/longer/than/the/screen/of/this/test";
  assertEquals(
    formatTable(["KIND", "VALUE", "NEEDED BY"], [["read", path, "a, b"]], {
      ...PLAIN_SCREEN,
      columns: 40,
    }).split("\n"),
    [
      "KIND  VALUE                    NEEDED BY",
      `read  ${path}`,
      "                               a, b",
      "",
    ],
  );
});

Deno.test("formatTable() breaks between words before it breaks a name", () => {
  const name = "A_LONG_NAME_OF_A_VARIABLE_OF_THE_TEST";
  const lines = formatTable(
    ["NAME", "WHY"],
    [[name, "the name has several words"]],
    { ...PLAIN_SCREEN, columns: 55 },
  ).split("\n");
  assertEquals(lines[1], `${name}  the name has`);
});

Deno.test("formatTable() paints cells after it measured them", () => {
  const { red } = createPaint(true);
  const cell = { text: "bad\x1b[2J", paint: red };
  assertEquals(
    formatTable(["A", "B"], [[cell, "x"], ["y", "z"]], PLAIN_SCREEN),
    "A             B\n\x1b[38;5;160mbad\\u001b[2J\x1b[0m  x\n" +
      "y             z\n",
  );
});

Deno.test("formatProblems() indents the rest of a message more than its remedy", () => {
  const problem = {
    code: "PLUGIN_SETUP_FAILED",
    message: "a message of so many words that no line has room for it",
    remedy: "a remedy that is also longer than a line of the terminal",
  } as const;
  const lines = formatProblems([problem], { ...PLAIN_SCREEN, columns: 40 });
  assertEquals(lines, [
    "  a message of so many words that no",
    "      line has room for it",
    "    a remedy that is also longer than a",
    "        line of the terminal",
  ]);
});

Deno.test("formatCounts() names what there is", () => {
  assertEquals(formatCount(1, "plugin"), "1 plugin");
  assertEquals(formatCounts(0, "plugin", [[0, "refused"]]), "0 plugins");
  assertEquals(
    formatCounts(1_200, "plugin", [[1, "refused"], [0, "skipped"], [
      1_199,
      "loaded",
    ]]),
    "1,200 plugins: 1 refused, 1,199 loaded",
  );
});

Deno.test("formatCommand() ends each line but the last with a backslash", () => {
  assertEquals(
    formatCommand("deno run --allow-read='/a b' --no-prompt main.ts", {
      ...PLAIN_SCREEN,
      columns: 30,
    }),
    ["deno run --allow-read='/a b' \\", "  --no-prompt main.ts"],
  );
});
