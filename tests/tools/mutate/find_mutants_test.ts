import { assert, assertEquals, assertThrows } from "@std/assert";
import { codeOnly } from "../../../tools/mutate/code_only.ts";
import {
  applyMutant,
  drawSome,
  findMutants,
  type Mutant,
} from "../../../tools/mutate/find_mutants.ts";
import { readMutateOptions } from "../../../tools/mutate/mutate.ts";
import {
  formatSurvivor,
  isListed,
  readSurvivors,
} from "../../../tools/mutate/survivors.ts";

const FILE = "src/host/x.ts";

/** Returns the text with each fault of a kind. */
function mutated(kind: string, text: string): readonly string[] {
  return findMutants(FILE, text).filter((mutant) => mutant.kind === kind)
    .map((mutant) => applyMutant(text, mutant));
}

Deno.test("codeOnly() keeps positions, lines and code, and nothing else", () => {
  const text = [
    "a(\"if (x) y;\", 'b\\'&&', `t ${f({ a: `}` })} ||`); // c && d",
    '/* e || f */ const g = /[/&&]\\/"/gi.test(h) && i / j / k;',
    "return /x||y/;",
  ].join("\n");
  const code = codeOnly(text);
  assertEquals(code.length, text.length);
  assertEquals(
    code.split("\n").map((line) => line.replace(/ +/g, " ").trim()),
    [
      "a(\" \", ' ', ` `);",
      "const g = .test(h) && i / j / k;",
      "return ;",
    ],
  );
});

Deno.test("findMutants() puts in one fault of each kind at a time", async (t) => {
  const cases: Readonly<Record<string, readonly [string, ...string[]]>> = {
    negate: ["if (a(b) > 1) c();", "if (!(a(b) > 1)) c();"],
    "and-or": [
      "x = a && b || c;",
      "x = a || b || c;",
      "x = a && b && c;",
    ],
    compare: [
      "a === b; c < d; e => f; Map<g, h>;",
      "a !== b; c < d; e => f; Map<g, h>;",
      "a === b; c <= d; e => f; Map<g, h>;",
    ],
    arithmetic: ["a + b - 1", "a - b - 1", "a + b + 1"],
    fallback: ["x = a ?? b; y = c ?? d && e;", "x = a && b; y = c ?? d && e;"],
    boolean: ["f(true, { a: false });", "f(false, { a: false });"],
    "drop-call": [
      "{\n  await a.b(c(d), e);\n  return f(g);\n}",
      "{\n  ;\n  return f(g);\n}",
    ],
    "drop-throw": ["if (a) throw b(c);\n", "if (a) ;\n"],
    "drop-result": [
      "return a ? b : c; return undefined;",
      "return; return undefined;",
    ],
    "return-early": [
      "function a<T>(b: T): T {\n  return b;\n}\n",
      "function a<T>(b: T): T { return;\n  return b;\n}\n",
    ],
    "drop-element": [
      'const a = [\n  "b",\n  "c",\n];',
      'const a = [\n\n  "c",\n];',
      'const a = [\n  "b",\n\n];',
    ],
  };
  for (const [kind, [text, ...faulty]] of Object.entries(cases)) {
    await t.step(kind, () => assertEquals(mutated(kind, text), faulty));
  }
  assertEquals(
    findMutants(FILE, '// if (a && b) return c;\nd("if (e) f + g");\n'),
    [],
  );
});

Deno.test("drawSome() draws the same for the same seed, and none twice", () => {
  const all = Array.from({ length: 100 }, (_, index) => index);
  const drawn = drawSome(all, 20, 7);
  assertEquals(new Set(drawn).size, 20);
  assertEquals(drawSome(all, 20, 7), drawn);
  assert(drawSome(all, 20, 8).join() !== drawn.join());
  assertEquals(drawSome(all, 200, 7).toSorted((a, b) => a - b), all);
});

Deno.test("readSurvivors() recognizes a listed fault after the file changed", () => {
  const [mutant, other] = findMutants(FILE, "if (a === `b`) c(d);\n");
  assert(mutant !== undefined && other !== undefined);
  const text = formatSurvivor(mutant);
  for (const page of [`# List\n\n${text}\n`, text.replace(": ", ":\n  ")]) {
    const listed = readSurvivors(page);
    assertEquals(listed.length, 1);
    const moved: Mutant = { ...mutant, line: 99, start: 7 };
    assert(isListed(listed, moved));
    assert(!isListed(listed, other));
    assert(!isListed(listed, { ...mutant, code: "else" }));
  }
});

Deno.test("survivors.md lists each fault once, in a valid form", async () => {
  const url = new URL("../../../tools/mutate/survivors.md", import.meta.url);
  const page = await Deno.readTextFile(url);
  const listed = readSurvivors(page);
  assertEquals(listed.length, page.match(/^- /gm)?.length ?? 0);
  assertEquals(new Set(listed.map(formatSurvivor)).size, listed.length);
});

Deno.test("readMutateOptions() reads the command line, and refuses unknown options", () => {
  assertEquals(
    readMutateOptions(["--only", "core.ts", "--count=3", "--seed", "7"]).seed,
    7,
  );
  assertEquals(readMutateOptions(["--list", "--jobs=1"]).list, true);
  for (const args of [["--nope"], ["--count", "0"], ["--seed=x"], ["x"]]) {
    assertThrows(() => readMutateOptions(args), Error);
  }
});
