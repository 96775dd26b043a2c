/** Repeats rounds of checks whenever files change. */

import type { Clock } from "../../base/timing.ts";

export interface DevLoopOptions {
  readonly clock: Clock;
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /** Calls back whenever a file may have changed, until it is disposed. */
  readonly watch: (onChange: () => void) => Disposable;
  /** Describes the contents of the files; `undefined` if that is unknown. */
  readonly fingerprint: () => Promise<string | undefined>;
  /** Checks once. Is aborted when the files change again. */
  readonly round: (signal: AbortSignal) => Promise<void>;
}

/** The milliseconds without a change before the next round: editors write in steps. */
export const QUIET_TIME = 150;

interface RunningRound {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** Runs until the signal is aborted. Rejects if a round throws for another reason. */
export async function runDevLoop(options: DevLoopOptions): Promise<void> {
  const { clock, signal, watch, fingerprint, round } = options;
  let changed = Promise.withResolvers<void>();
  let cancel = () => {};
  using _watcher = watch(() => {
    cancel();
    cancel = clock.after(QUIET_TIME, () => changed.resolve());
  });
  const end = () => changed.resolve();
  signal.addEventListener("abort", end);

  function start(): RunningRound {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const done = round(either).catch((thrown: unknown) => {
      if (either.aborted) return;
      failed = { thrown };
      changed.resolve();
    });
    return { stop, done };
  }

  let failed: { readonly thrown: unknown } | undefined;
  let running: RunningRound | undefined;
  let known: string | undefined;
  try {
    while (!signal.aborted && failed === undefined) {
      changed = Promise.withResolvers<void>();
      const now = await fingerprint();
      // A test may write the same file again and again.
      if (now === undefined || now !== known) {
        known = now;
        running?.stop.abort();
        await running?.done;
        if (signal.aborted) break;
        running = start();
      }
      await changed.promise;
    }
  } finally {
    cancel();
    signal.removeEventListener("abort", end);
    running?.stop.abort();
    await running?.done;
  }
  if (failed !== undefined) throw failed.thrown;
}
