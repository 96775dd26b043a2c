/** Runs a script of tests/fixtures/environment in a process with its own permissions. */

import { type RunOptions, runProgram } from "../run_deno.ts";

const FIXTURES = new URL("../fixtures/environment/", import.meta.url);

/** Runs a script and returns its output. */
export async function runFixture(
  name: string,
  options?: RunOptions,
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(
    new URL(name, FIXTURES),
    options,
  );
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
