import { assertEquals, assertStringIncludes } from "@std/assert";
import { runExample } from "../run_example.ts";

const READ = "--allow-read=examples/minimal/plugins";

Deno.test("minimal/main.ts greets with exactly the flags that it names", async () => {
  for (
    const [env, expected] of [
      [{}, "Hello world\n"],
      [{ GREETING: "Servus" }, "Servus world\n"],
    ] as const
  ) {
    const { code, stdout, stderr } = await runExample(
      "examples/minimal/main.ts",
      [READ, "--allow-env=SEMANTIK_ENABLE_*,GREETING"],
      { env },
    );
    assertEquals([stdout, code], [expected, 0]);
    assertEquals(stderr.includes("switch."), false);
  }
});

Deno.test("minimal/main.ts names the missing flag", async () => {
  const { code, stderr, stdout } = await runExample(
    "examples/minimal/main.ts",
    [READ],
  );
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Nobody is there to greet");
  assertStringIncludes(stderr, "--allow-env=GREETING");
});
