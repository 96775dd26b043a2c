/** Runs a script of tests/fixtures/manifest in a process of its own. */

import { type RunOptions, runProgram } from "../run_deno.ts";

const FIXTURES = new URL("../fixtures/manifest/", import.meta.url);

/**
 * Runs a script with the permissions that its flags grant, and no others.
 *
 * @param name The script.
 * @param options How it is run.
 * @returns What it printed, read as JSON.
 */
export async function runFixture(
  name: string,
  options: RunOptions,
): Promise<unknown> {
  const { stdout, stderr } = await runProgram(new URL(name, FIXTURES), options);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}
