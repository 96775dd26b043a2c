import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { escapeControls } from "../../src/base/text.ts";
import { entryProblem, resolveEntry } from "../../src/manifest/source.ts";

Deno.test("entryProblem() accepts paths inside the plugin's directory", async (t) => {
  const good = [
    "./mod.ts",
    "mod.ts",
    "src/main.js",
    "./a/../b.ts",
    "a b.ts",
    "größe.ts",
    "./.hidden/mod.ts",
    ".",
    "./sub",
    "..mod.ts",
    "...",
  ];
  for (const entry of good) {
    await t.step(entry, () => assertEquals(entryProblem(entry), undefined));
  }
});

Deno.test("entryProblem() returns the fault of an entry", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ["../mod.ts", "leaves the plugin's directory"],
    ["..", "leaves the plugin's directory"],
    ["./a/../../mod.ts", "leaves the plugin's directory"],
    ["a//../../mod.ts", "leaves the plugin's directory"],
    ["a/../../a/mod.ts", "leaves the plugin's directory"],
    ["/etc/mod.ts", "is an absolute path"],
    ["//evil.example/mod.ts", "is an absolute path"],
    ["https://evil.example/mod.ts", "is a URL"],
    ["file:///etc/mod.ts", "is a URL"],
    ["data:text/javascript,1", "is a URL"],
    ["npm:left-pad", "is a URL"],
    ["node:fs", "is a URL"],
    ["C:/mod.ts", "is a URL"],
    ["C:\\mod.ts", "is a URL"],
    ["mod.ts:stream", "is a URL"],
    ["..\\mod.ts", "contains a backslash"],
    ["\\\\server\\share\\mod.ts", "contains a backslash"],
    ["%2e%2e/mod.ts", "contains one of % ? #"],
    ["a%2fmod.ts", "contains one of % ? #"],
    ["mod.ts?v=1", "contains one of % ? #"],
    ["mod.ts#x", "contains one of % ? #"],
    ["mod\n.ts", "contains a control character"],
    [".\t./mod.ts", "contains a control character"],
    ["mod.ts\u0000.json", "contains a control character"],
    ["mod.ts ", "begins or ends with a space"],
    [" ../mod.ts", "begins or ends with a space"],
    ["\ud800.ts", "contains half a character"],
  ];
  for (const [entry, wrong] of table) {
    await t.step(JSON.stringify(entry), () => {
      const problem = entryProblem(entry);
      assert(problem !== undefined);
      assert(problem.message.endsWith(` ${wrong}`), problem.message);
      assertEquals(problem.path, "entry");
      assertEquals(problem.message, escapeControls(problem.message));
      assert(Object.isFrozen(problem));
    });
  }
});

Deno.test("resolveEntry() never leaves the directory of the manifest", () => {
  const segment = fc.constantFrom(
    ..."ab.:@;=& \\%?#/",
    "..",
    "mod.ts",
    "//",
    "%2e",
    "é",
    "\t",
    "file:",
    "\ud800",
  );
  const entry = fc.array(segment, { minLength: 1, maxLength: 8 })
    .map((segments) => segments.join(""));
  const base = new URL("https://host.example/plugins/a/plugin.json");
  fc.assert(
    fc.property(entry, (text) => {
      if (entryProblem(text) !== undefined) return;
      const { href } = resolveEntry(text, base);
      assert(href.startsWith("https://host.example/plugins/a/"), href);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("resolveEntry() returns ./mod.ts by default", () => {
  const base = new URL("file:///plugins/a/plugin.json");
  assertEquals(resolveEntry(undefined, base).href, "file:///plugins/a/mod.ts");
  assertEquals(
    resolveEntry("1a:b.ts", base).href,
    "file:///plugins/a/1a:b.ts",
  );
});
