import { assertEquals, assertMatch } from "@std/assert";
import { withoutEngine } from "../../tests/stores/engines.ts";
import { testUnless } from "../../tests/test_unless.ts";
import { runExample } from "../run_example.ts";
import { startExample } from "../start_example.ts";

const missing = await withoutEngine("postgres");

testUnless(
  missing,
  "fleet/main.ts switches a plugin on all hosts, and shows what they report",
  async () => {
    await using fleet = await startExample("examples/fleet/main.ts", [
      "--allow-read",
      "--allow-net=127.0.0.1",
      "--allow-run",
      "--ignore-env",
    ], { args: ["--port=0"] });
    const { port } = new URL(fleet.url);
    for (const [action, state] of [["disable", "gone"], ["enable", "live"]]) {
      const { code, stdout, stderr } = await runExample(
        "examples/fleet/switch.ts",
        ["--allow-net=127.0.0.1"],
        { args: [action ?? "", "greeter", `--port=${port}`] },
      );
      assertEquals([code, stderr], [0, ""]);
      const lines = stdout.trim().split("\n").sort();
      assertEquals(lines.length, 3);
      for (const [place, line] of lines.entries()) {
        assertMatch(
          line,
          new RegExp(
            `^host-${place + 1}: greeter is ${state} after [0-9.]+ ms$`,
          ),
        );
      }
    }
    const wanted = [
      "host-1  log     plugin.disabled greeter",
      "host-2  log     plugin.disabled greeter by store",
      "host-3  log     plugin.enabled greeter by store",
      "host-3  span    plugin.",
    ];
    const end = Date.now() + 30_000;
    let missing: readonly string[] = wanted;
    while (missing.length > 0 && Date.now() < end) {
      const text = await (await fetch(fleet.url)).text();
      missing = wanted.filter((line) => !text.includes(line));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals(missing, []);
  },
);

Deno.test("fleet/switch.ts says how it is used, and what is missing", async () => {
  const run = (args: readonly string[]) =>
    runExample("examples/fleet/switch.ts", ["--allow-net=127.0.0.1"], { args });
  const wrong = await run(["stop", "greeter"]);
  assertEquals(wrong.code, 2);
  assertMatch(wrong.stderr, /^Usage: /);
  const alone = await run(["disable", "greeter", "--port=1"]);
  assertEquals(alone.code, 1);
  assertMatch(alone.stderr, /^The fleet does not run/);
});
