import { assert, assertEquals, assertMatch } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const PLUGINS = "examples/search/plugins";
const DOCUMENT = "examples/search/README.md";

/** Runs the program in a process with exactly these flags. */
async function search(
  flags: readonly string[],
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env: Record<string, string> = {};
  // Deno needs these to find its cache, and Windows its libraries.
  for (const name of ["DENO_DIR", "HOME", "LOCALAPPDATA", "SystemRoot"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      ...flags,
      "examples/search/main.ts",
      ...args,
    ],
    cwd: ROOT,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

Deno.test("main.ts searches the project's documents with permission to read them and the switches", async () => {
  const { code, stdout, stderr } = await search(
    [
      `--allow-read=${PLUGINS},README.md,docs`,
      "--allow-env=SEMANTIK_ENABLE_*",
    ],
    [],
  );
  assertEquals(code, 0, stderr);
  // The question is how to grant permissions; this page explains it.
  assertMatch(stdout, /^1\. docs[/\\]permissions\.md:\d+ {2}Permissions/);
  assertEquals(stdout.match(/^\d\. /gm)?.length, 5);
  assert(!stdout.includes("PLUGIN_AUDIT"));
  assert(!stderr.includes("switch."), stderr);
});

Deno.test("main.ts names the flags that a refused plugin needs", async () => {
  const { stderr } = await search([`--allow-read=${PLUGINS},${DOCUMENT}`], [
    "plugin",
    "--folder",
    DOCUMENT,
  ]);
  // What happened comes after the answer.
  assertMatch(
    stderr,
    /^\nSearched \d+ passages .* with "hashing-embedding"\nWhat happened to the plugins:\nPLUGIN_AUDIT: /,
  );
  assertMatch(
    stderr,
    /^PLUGIN_AUDIT: openai-embedding - plugin\.load\.refused .*not granted.*--allow-env=OPENAI_API_KEY --allow-net=api\.openai\.com:443/m,
  );
});

Deno.test("main.ts prints JSON", async () => {
  const { code, stdout } = await search([
    `--allow-read=${PLUGINS},${DOCUMENT}`,
  ], [
    "automobile",
    "--folder",
    DOCUMENT,
    "--json",
    "--top=1",
  ]);
  assertEquals(code, 0);
  const { embedding, matches, query } = JSON.parse(stdout);
  assertEquals([query, embedding], ["automobile", "hashing-embedding"]);
  assertEquals(matches.length, 1);
  assertEquals(matches[0].path, DOCUMENT);
  assertEquals(matches[0].headings.at(-1), "What it does not do");
  const text = await Deno.readTextFile(new URL(matches[0].path, ROOT));
  const line = text.split("\n")[matches[0].line - 1] ?? "";
  assert(matches[0].text.includes(line.replace(/[`*]/g, "").trim()));
});

Deno.test("main.ts finds nothing if nothing matches", async () => {
  const { code, stdout, stderr } = await search(
    [`--allow-read=${PLUGINS},${DOCUMENT}`],
    ["xyzzyplugh", "--folder", DOCUMENT],
  );
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^No match$/m);
});

Deno.test("main.ts explains errors in one sentence", async (t) => {
  const cases: [string, readonly string[], string][] = [
    ["no query", [""], "The query is empty: say what to search for"],
    ["no folder", ["x", "--folder", `${PLUGINS}/none`], "There is no folder"],
    ["no Markdown", ["x", "--folder", PLUGINS], "There is no Markdown file"],
    ["no permission", ["x", "--folder", "src"], "This program may not read"],
    ["no query for a folder", ["--folder", "docs"], "Say what to search for"],
  ];
  for (const [name, args, message] of cases) {
    await t.step(name, async () => {
      const { code, stdout, stderr } = await search(
        [`--allow-read=${PLUGINS}`],
        args,
      );
      assertEquals([code, stdout], [2, ""]);
      assert(stderr.startsWith(message), stderr);
      assertEquals(stderr.trim().split("\n").length, 1);
    });
  }
});

Deno.test("main.ts finds the same with each plugin in a process of its own", async () => {
  const flags = [
    `--allow-read=.`,
    "--allow-env=SEMANTIK_ENABLE_*,OPENAI_API_KEY",
  ];
  const args = ["plugin", "--folder", DOCUMENT, "--json"];
  const [one, many] = await Promise.all([
    search(flags, args),
    search([...flags, `--allow-run=${Deno.execPath()}`], [
      ...args,
      "--isolated",
    ]),
  ]);
  assertEquals(many.stdout, one.stdout);
  assertMatch(many.stderr, /markdown-chunker - plugin\.process\.started/);
});
