/** Runs a program of tests/fixtures/host in a process with its own permissions. */

import { type RunOptions, type RunOutput, runProgram } from "../run_deno.ts";

export type { RunOptions as FixtureOptions } from "../run_deno.ts";

const FIXTURES = new URL("../fixtures/host/", import.meta.url);

export function runFixture(
  path: string,
  options?: RunOptions,
): Promise<RunOutput> {
  return runProgram(new URL(path, FIXTURES), options);
}
