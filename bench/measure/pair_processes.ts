import { type ChildOptions, type ChildResult, runChild } from "./run_child.ts";

/** A script with the options of each round. */
export interface PairedScript {
  readonly script: string;
  options(round: number): ChildOptions;
}

/** The results of both scripts, one a round. */
export interface PairedResults {
  readonly ours: readonly ChildResult[];
  readonly theirs: readonly ChildResult[];
}

/**
 * Runs two scripts in fresh processes, and swaps their order each round.
 *
 * The first round fills caches and does not count.
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
