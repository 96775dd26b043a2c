/** Checks that a reader who has only JSR can run the examples of the pages. */

import { assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const EXAMPLE_REGEXP = /^```ts$[^]*?^```$/gm;
// A full specifier, such as that of a plugin, needs no entry of a deno.json.
const IMPORT_REGEXP =
  /\bfrom "(?!jsr:|npm:)((?:@[^/"]+\/)?[^./"@][^/"]*)(?:\/[^"]*)?"/g;
const ADD_REGEXP = /(?:jsr|npm):((?:@[^/\s`]+\/)?[^@\s`]+)/g;

const docs = new URL("docs/", ROOT);
const names = await Array.fromAsync(Deno.readDir(docs), ({ name }) => name);
const pages = [
  new URL("README.md", ROOT),
  ...names.filter((name) => name.endsWith(".md")).map((one) =>
    new URL(one, docs)
  ),
];

/** Returns the packages that `deno add` names before a place of a page. */
function announcedIn(text: string): ReadonlySet<string> {
  const lines = text.match(/deno add [^`\n]*/g) ?? [];
  return new Set(
    lines.flatMap((line) =>
      [...line.matchAll(ADD_REGEXP)].map(([, name = ""]) => name)
    ),
  );
}

Deno.test("pages announce what their examples import", async () => {
  const missing: string[] = [];
  for (const page of pages) {
    const text = await Deno.readTextFile(page);
    for (const { 0: example, index } of text.matchAll(EXAMPLE_REGEXP)) {
      const announced = announcedIn(text.slice(0, index));
      for (const [, name = ""] of example.matchAll(IMPORT_REGEXP)) {
        if (!announced.has(name)) {
          missing.push(`${page.href.slice(ROOT.href.length)}: ${name}`);
        }
      }
    }
  }
  assertEquals(missing, []);
});

Deno.test("pages read no plugin that only the repository has", async () => {
  const found: string[] = [];
  for (const page of pages) {
    const text = await Deno.readTextFile(page);
    for (const { 0: example, index } of text.matchAll(EXAMPLE_REGEXP)) {
      const before = text.slice(0, index).trimEnd().split("\n\n").at(-1) ?? "";
      if (!example.includes("./examples/")) continue;
      if (!/the\s+repository/.test(before)) found.push(page.href);
    }
  }
  assertEquals(found, []);
});
