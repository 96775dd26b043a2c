import { assert, assertEquals } from "@std/assert";
import { readModuleGraph } from "../module_graph.ts";
import { runProgram } from "../run_deno.ts";

const ROOT = new URL("../../", import.meta.url);
const ENTRIES = ["mod.ts", "testing.ts"];

Deno.test("mod.ts and testing.ts say in one sentence that they need Deno", async () => {
  const program = new URL("tests/fixtures/base/without_deno.ts", ROOT);
  const { stdout } = await runProgram(program, {
    flags: ["--allow-read"],
  });
  const sentence =
    "Error: @semantik/plugins needs Deno 2.9 or newer, see https://deno.com";
  assertEquals(stdout.trim().split("\n"), [
    ...ENTRIES.map((entry) => `${entry}: ${sentence}`),
    "plugin.ts: imported",
  ]);
});

Deno.test("Node can parse mod.ts and testing.ts up to that sentence", async () => {
  const graph = await readModuleGraph();
  const loaded = new Set(ENTRIES);
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
