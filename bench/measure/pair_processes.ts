/**
 * Measures fresh processes in pairs.
 *
 * @module
 */

import { type ChildOptions, type ChildResult, runChild } from "./run_child.ts";

/** A script, and how it is run in each round. */
export interface PairedScript {
  /** The script. */
  readonly script: string;
  /** How it is run. */
  options(round: number): ChildOptions;
}

/** What both came to, one a round. */
export interface PairedResults {
  /** Ours. */
  readonly ours: readonly ChildResult[];
  /** Theirs. */
  readonly theirs: readonly ChildResult[];
}

/**
 * Runs two scripts in fresh processes, one after the other, and the other one
 * first each second time. The first round fills caches and is left out.
 *
 * @param ours Ours.
 * @param theirs Theirs.
 * @param rounds How often, after the first round.
 * @returns What each round came to.
 */
export async function pairProcesses(
  ours: PairedScript,
  theirs: PairedScript,
  rounds: number,
): Promise<PairedResults> {
  const oursDone: ChildResult[] = [];
  const theirsDone: ChildResult[] = [];
  for (let round = 0; round <= rounds; round++) {
    const run = ({ script, options }: PairedScript) =>
      runChild(script, options(round));
    const isOursFirst = round % 2 === 0;
    const first = await run(isOursFirst ? ours : theirs);
    const second = await run(isOursFirst ? theirs : ours);
    if (round === 0) continue;
    oursDone.push(isOursFirst ? first : second);
    theirsDone.push(isOursFirst ? second : first);
  }
  return { ours: oursDone, theirs: theirsDone };
}
