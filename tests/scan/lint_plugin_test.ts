/** The rules of the scan as a plugin of `deno lint`. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import plugin from "@semantik/plugins/lint";
import config from "../../deno.json" with { type: "json" };
import { runDeno } from "../cli/run_deno.ts";
import { makeFolder, type PluginFolder } from "../provenance/plugin_folder.ts";

const MANIFEST = JSON.stringify({
  id: "search",
  type: "search",
  version: "1.0.0",
  permissions: { net: ["a.example"] },
});

/** Returns each finding with the text that it points at. */
function lint(
  { path }: PluginFolder,
  file: string,
  text: string,
): readonly string[] {
  return Deno.lint.runPlugin(plugin, `${path}/${file}`, text)
    .map(({ range: [start, end], message }) =>
      `${text.slice(start, end)}: ${message}`
    );
}

Deno.test("the lint plugin reports what the manifest does not declare, at its place", async () => {
  await using folder = await makeFolder({ "search/plugin.json": MANIFEST });
  const text =
    'const a = "😀";\r\nawait fetch("https://a.example/");\nconst ö = "😀"; await fetch("https://b.example/");\neval(a);\n';
  assertEquals(lint(folder, "search/mod.ts", text), [
    'fetch: fetch needs net to "b.example:443", and the manifest declares net for others',
    "eval: runs code that it makes: eval",
  ]);
  assertEquals(lint(folder, "search/lib/deep.ts", "Deno.hostname();\n"), [
    'Deno.hostname: Deno.hostname needs sys to "hostname", which the manifest does not declare',
  ]);
});

Deno.test("the lint plugin leaves tests and what is no plugin alone", async (t) => {
  await using folder = await makeFolder({
    "search/plugin.json": MANIFEST,
    "broken/plugin.json": "{",
  });
  const code = "Deno.hostname();\n";
  for (const name of ["mod_test.ts", "mod.test.ts", "test.js"]) {
    await t.step(name, () => {
      assertEquals(lint(folder, `search/${name}`, code), []);
    });
  }
  await t.step("a file of the application", () => {
    assertEquals(lint(folder, "main.ts", code), []);
  });
  await t.step("a file with test in its name", () => {
    assertEquals(lint(folder, "search/latest.ts", code).length, 1);
  });
  await t.step("a manifest that is no JSON declares nothing", () => {
    assertEquals(lint(folder, "broken/mod.ts", code).length, 1);
  });
});

Deno.test("deno lint runs the lint plugin", async () => {
  const href = new URL("../../src/scan/lint_plugin.ts", import.meta.url).href;
  await using folder = await makeFolder({
    "search/plugin.json": MANIFEST,
    "search/mod.ts":
      'const ö = "😀"; await fetch("https://b.example/");\nexport { ö };\n',
    "deno.json": JSON.stringify({
      imports: { "@babel/parser": config.imports["@babel/parser"] },
      lint: { plugins: [href] },
    }),
  });
  const { code, stdout, stderr } = await runDeno(["lint", "--json"], {
    cwd: folder.path,
  });
  assertEquals(code, 1, stderr);
  const [finding, ...others] = JSON.parse(stdout).diagnostics;
  assertEquals(others, []);
  assertEquals(finding.code, "semantik/scan");
  assertStringIncludes(finding.hint, "permissions.net");
  const { start, end } = finding.range;
  // In characters, from 0.
  assertEquals([start.line, start.col, end.col], [1, 21, 26]);
});
