import { assert, assertEquals } from "@std/assert";
import { testUnless } from "../test_unless.ts";
import { withoutEngine } from "./engines.ts";
import { lines } from "./lines.ts";

const PROGRAM = new URL("./ship_to_postgres.ts", import.meta.url);

testUnless(
  await withoutEngine("postgres"),
  "audit ship --to postgres stores each event once, in the table of docs/shipping.md",
  async (t) => {
    const program = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-check",
        "--allow-read",
        "--allow-write",
        "--allow-net=127.0.0.1",
        "--allow-run",
        "--ignore-env",
        "--allow-env=PLUGINS_FUZZ_RUNS,TMPDIR",
        PROGRAM.href,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let count = 0;
    for await (const line of lines(program.stdout)) {
      const { name, error } = JSON.parse(line);
      count++;
      await t.step(name, () => assertEquals(error, undefined));
    }
    assert((await program.status).success);
    assertEquals(count, 3);
  },
);
