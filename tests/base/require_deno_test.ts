import { assert, assertEquals } from "@std/assert";
import { readModuleGraph } from "../module_graph.ts";
import { runProgram } from "../run_deno.ts";

const ROOT = new URL("../../", import.meta.url);
const { exports }: { exports: Readonly<Record<string, string>> } = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", ROOT)),
);
const ENTRIES = Object.values(exports)
  .map((path) => path.replace("./", ""))
  .filter((path) => path !== "plugin.ts");
/** The entry points that Node 22 can parse. */
const PARSED = ENTRIES.filter((path) =>
  !/^cli\.ts$|\/(?:audit|page|provenance|state|stores|telemetry)\//.test(path)
);

Deno.test("every entry point but plugin.ts says in one sentence that it needs Deno", async () => {
  const program = new URL("tests/fixtures/base/without_deno.ts", ROOT);
  const { stdout } = await runProgram(program, {
    flags: ["--allow-read"],
    args: [...ENTRIES, "plugin.ts"],
  });
  const sentence =
    "Error: @semantik/plugins needs Deno 2.9 or newer, see https://deno.com";
  assertEquals(stdout.trim().split("\n"), [
    ...ENTRIES.map((entry) => `${entry}: ${sentence}`),
    "plugin.ts: imported",
  ]);
});

Deno.test("Node can parse most entry points up to that sentence", async () => {
  const graph = await readModuleGraph();
  assert(PARSED.includes("mod.ts") && PARSED.includes("testing.ts"));
  const loaded = new Set(PARSED);
  for (const path of loaded) {
    const code = graph.get(path)?.filter(({ kind }) => kind === "code") ?? [];
    for (const { to } of code) if (graph.has(to)) loaded.add(to);
  }
  for (const entry of ENTRIES) {
    const [first] = graph.get(entry) ?? [];
    // Before the others run: they may fail without Deno.
    assertEquals(first?.to, "src/base/require_deno.ts");
  }
  for (const path of loaded) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    // Node 22 does not know this declaration.
    assert(!/^\s*(?:await )?using \w/m.test(text), path);
  }
});
