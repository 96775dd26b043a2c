/** Runs the tests of a plugin. */

import { maskCredentials } from "../../secrets/credentials.ts";
import { ChildProcess } from "../validate/child_process.ts";
import { readTestTask } from "../validate/configuration.ts";

/** The result of `deno test`. */
export interface TestResult {
  readonly status: "passed" | "failed" | "none" | "late";
  /** The counts, e.g. `3 passed | 0 failed`, or "". */
  readonly summary: string;
  /** The output, if a test failed. */
  readonly output: readonly string[];
}

const TIME_LIMIT = 300_000;
const MAX_LINES = 60;
const SUMMARY_REGEXP = /^(?:ok|FAILED) \| (.*?)(?: \([^()]*\))?$/m;
// Deno writes these beside every error, or before the tests begin.
const NOISE_REGEXP =
  /^(?:$|Download |Check |Stack backtrace:$| +0: <unknown>$)/;
export const NO_TESTS_REGEXP = /No test modules found/;
// No quotes, variables or second command: what a shell reads as plain words.
const WORDS_REGEXP = /^deno test(?: [\w./:=,@%+-]+)*$/;

/** Returns the arguments of Deno for the task `test`, or for `deno test`. */
export function testArguments(task: string | undefined): readonly string[] {
  if (task === undefined) return ["test", "--no-prompt"];
  return WORDS_REGEXP.test(task)
    ? ["test", "--no-prompt", ...task.split(" ").slice(2)]
    : ["task", "--quiet", "test"];
}

/**
 * Runs the task `test` of a plugin's deno.json, or `deno test`, in its directory.
 *
 * @throws the reason of the signal when it is aborted.
 */
export async function runTests(
  directory: string,
  signal: AbortSignal,
): Promise<TestResult> {
  using child = new ChildProcess({
    args: testArguments(await readTestTask(directory)),
    cwd: directory,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    killsTree: true,
    signal,
    onOutput: () => {},
  });
  child.closeInput();
  child.setDeadline(TIME_LIMIT);
  const { success } = await child.wait();
  const { stdout, stderr, isLate } = child;
  const [, summary = ""] = SUMMARY_REGEXP.exec(stdout) ?? [];
  if (success) return { status: "passed", summary, output: [] };
  if (!isLate && NO_TESTS_REGEXP.test(stderr)) {
    return { status: "none", summary: "", output: [] };
  }
  const lines = maskCredentials(`${stdout}\n${stderr}`).split("\n")
    .map((line) => line.trimEnd()).filter((line) => !NOISE_REGEXP.test(line));
  return {
    status: isLate ? "late" : "failed",
    summary,
    output: lines.slice(-MAX_LINES),
  };
}
