import { assertEquals, assertRejects } from "@std/assert";
import { findMutants } from "../../../tools/mutate/find_mutants.ts";
import { judgeMutants } from "../../../tools/mutate/judge_mutants.ts";

const FILE = "src/host/level.ts";
const FILES: Readonly<Record<string, string>> = {
  "deno.json": "{}",
  [FILE]: `export function level(value: number): string {
  if (value > 9) return "high";
  return value < 0 ? "none" : "low";
}
`,
  "tests/host/level_test.ts": `import { level } from "../../src/host/level.ts";
Deno.test("level", () => {
  if (level(20) !== "high" || level(5) !== "low") throw new Error("wrong");
});
`,
  "tests/docs/every_audit_event_test.ts": "",
};

Deno.test("judgeMutants() separates the faults that the tests find from the others", async () => {
  const root = await Deno.makeTempDir({ prefix: "semantik_mutate_" });
  try {
    for (const [name, text] of Object.entries(FILES)) {
      const path = `${root}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.writeTextFile(path, text);
    }
    const mutants = findMutants(FILE, FILES[FILE] ?? "")
      .filter(({ kind }) => ["negate", "compare"].includes(kind));
    const verdicts: string[] = [];
    const stop = new AbortController();
    const options = {
      root,
      jobs: 1,
      signal: stop.signal,
      onVerdict: ({ line, kind }: { line: number; kind: string }, is: string) =>
        void verdicts.push(`${line} ${kind} ${is}`),
    };
    await judgeMutants(mutants, options);
    assertEquals(verdicts, [
      "2 negate killed",
      "2 compare survived",
      "3 compare survived",
    ]);
    assertEquals(await Deno.readTextFile(`${root}/${FILE}`), FILES[FILE]);

    stop.abort(new Error("enough"));
    await assertRejects(() => judgeMutants(mutants, options), Error, "enough");
    await Deno.writeTextFile(`${root}/tests/host/level_test.ts`, "throw 1;");
    await assertRejects(
      () =>
        judgeMutants(mutants, {
          ...options,
          signal: new AbortController().signal,
        }),
      Error,
      "The tests fail without a fault",
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
