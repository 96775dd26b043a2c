/** Runs a script of tests/fixtures/audit in a process with its own permissions. */

import {
  type RunOptions,
  type RunOutput,
  runProgram,
  spawnProgram,
} from "../run_deno.ts";

export type { RunOptions as FixtureOptions } from "../run_deno.ts";

const FIXTURES = new URL("../fixtures/audit/", import.meta.url);

export function spawnFixture(
  name: string,
  options?: RunOptions,
): Deno.ChildProcess {
  return spawnProgram(new URL(name, FIXTURES), options);
}

export function runFixture(
  name: string,
  options?: RunOptions,
): Promise<RunOutput> {
  return runProgram(new URL(name, FIXTURES), options);
}
