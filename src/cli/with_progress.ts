/**
 * Shows that something long goes on.
 *
 * @module
 */

import type { CommandRun } from "./command_run.ts";

const INTERVAL = 1_000;

/**
 * Waits for something, and shows on a terminal for how long it has gone on.
 *
 * @param run The run of the command line.
 * @param label What is done.
 * @param work What to wait for.
 * @returns What it comes to.
 */
export async function withProgress<Value>(
  run: CommandRun,
  label: string,
  work: Promise<Value>,
): Promise<Value> {
  const { clock, terminal } = run;
  const began = clock.elapsed();
  let cancel = clock.after(INTERVAL, show);
  function show(): void {
    const seconds = Math.round((clock.elapsed() - began) / 1_000);
    terminal.progress(() => `${label}: ${seconds} s`);
    cancel = clock.after(INTERVAL, show);
  }
  try {
    return await work;
  } finally {
    cancel();
    terminal.clearProgress();
  }
}
