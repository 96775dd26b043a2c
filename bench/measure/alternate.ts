/** Does the work once and returns its cost. */
export type Subject = () => number | Promise<number>;

export interface Rounds {
  /** Rounds whose results count. */
  readonly rounds: number;
  /** Rounds before them, in which the engine compiles hot code. */
  readonly warmUp: number;
}

/**
 * Measures each subject once a round, so that a slow machine slows all of them.
 *
 * Each round begins with another subject.
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

/** Returns the milliseconds that some work took. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
