/** Decides when a process that crashed is started again. Pure. */

/** The time in which crashes add up, in milliseconds. */
const WINDOW = 300_000;
/** The number of crashes in that time after which it is not started again. */
const MAX_CRASHES = 5;
const FIRST_DELAY = 250;
const LONGEST_DELAY = 30_000;

/** The crashes of a plugin so far, by the time of each. */
export type Crashes = readonly number[];

/** The verdict about a process that crashed. */
export type Verdict =
  | {
    readonly kind: "restart";
    readonly crashes: Crashes;
    /** The earliest time of the next start. */
    readonly notBefore: number;
  }
  | { readonly kind: "give up"; readonly crashes: Crashes };

/** Decides about a crash at `now` (ms of a clock that never goes backwards). */
export function judgeCrash(before: Crashes, now: number): Verdict {
  const crashes = [...before.filter((time) => now - time < WINDOW), now];
  if (crashes.length >= MAX_CRASHES) return { kind: "give up", crashes };
  const delay = FIRST_DELAY * 2 ** (crashes.length - 1);
  return {
    kind: "restart",
    crashes,
    notBefore: now + Math.min(delay, LONGEST_DELAY),
  };
}
