/** Runs a script of tests/fixtures/manifest in a process with its own permissions. */

import { type RunOptions, runProgram } from "../run_deno.ts";

const FIXTURES = new URL("../fixtures/manifest/", import.meta.url);

/** What the script printed, read as JSON. */
export async function runFixture(
  name: string,
  options?: RunOptions,
): Promise<unknown> {
  const { stdout, stderr } = await runProgram(
    new URL(name, FIXTURES),
    options,
  );
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}
