/** Runs the contract of stores at an engine, in a process with the flags it needs. */

import { assert, assertEquals } from "@std/assert";
import { testUnless } from "../test_unless.ts";
import { type EngineName, withoutEngine } from "./engines.ts";
import { lines } from "./lines.ts";

/** The variables of the examples in docs/fleet.md, and of fuzzing. */
const VARIABLES = [
  "DATABASE_URL",
  "NATS_URL",
  "PLUGINS_FUZZ_RUNS",
  "REDIS_URL",
];
const PROGRAM = new URL("./engine_contract.ts", import.meta.url);

/**
 * Registers a test of the store at an engine.
 *
 * @param name The engine.
 * @param store The store.
 */
export async function testEngine(
  name: EngineName,
  store: string,
): Promise<void> {
  testUnless(
    await withoutEngine(name),
    `${store} does what a store must do, at a real engine`,
    async (t) => {
      const program = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-prompt",
          "--no-check",
          "--allow-read",
          "--allow-net=127.0.0.1",
          "--allow-run",
          // The clients of Postgres and Redis read variables that they do not need.
          "--ignore-env",
          `--allow-env=${VARIABLES.join(",")}`,
          PROGRAM.href,
          name,
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
      const { success } = await program.status;
      assert(success && count > 10, "It ended before its last case");
    },
  );
}
