/**
 * Measures subjects in turn, so that what slows the machine down slows all of
 * them down.
 *
 * @module
 */

/** Does the work once, and says what it cost. */
export type Subject = () => number | Promise<number>;

/** How often a subject is measured. */
export interface Rounds {
  /** Rounds whose results count. */
  readonly rounds: number;
  /** Rounds before them, which make the engine compile what is hot. */
  readonly warmUp: number;
}

/**
 * Measures each subject once a round, beginning with another one each time.
 *
 * @param subjects What is measured, by name.
 * @param rounds How often.
 * @returns The measurements of each subject, one a round.
 */
export async function alternate(
  subjects: Readonly<Record<string, Subject>>,
  { rounds, warmUp }: Rounds,
): Promise<Record<string, readonly number[]>> {
  const listed = Object.entries(subjects);
  const results: Record<string, number[]> = {};
  for (let round = -warmUp; round < rounds; round++) {
    const first = Math.abs(round) % listed.length;
    const turn = [...listed.slice(first), ...listed.slice(0, first)];
    for (const [name, run] of turn) {
      const cost = await run();
      if (round >= 0) (results[name] ??= []).push(cost);
    }
  }
  return results;
}

/**
 * Says how long work took.
 *
 * @param work The work.
 * @returns The milliseconds.
 */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
