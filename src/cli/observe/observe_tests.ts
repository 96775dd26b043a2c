/** Watches the tests of a plugin. */

import { readTestTask } from "../validate/configuration.ts";
import { NO_TESTS_REGEXP, testArguments } from "../dev/plugin_tests.ts";
import type { Subject } from "./subject.ts";
import { runWatched, type WatchedRun } from "./watched_run.ts";

/** The time limit of all tests (ms). */
const TIME_LIMIT = 300_000;

/** Runs the task `test` of a plugin, or `deno test`; `undefined` if it has none. */
export async function observeTests(
  subject: Subject,
  options: Readonly<{
    allowsAll: boolean;
    signal: AbortSignal;
    dataDirectoryOf: (id: string) => string;
  }>,
): Promise<WatchedRun | undefined> {
  const { directory } = subject;
  const run = await runWatched({
    ...options,
    args: testArguments(await readTestTask(directory)),
    cwd: directory,
    subjects: [subject],
    timeout: TIME_LIMIT,
    onOutput: undefined,
  });
  const hasNone = run?.status === "failed" && NO_TESTS_REGEXP.test(run.stderr);
  return hasNone ? undefined : run;
}
