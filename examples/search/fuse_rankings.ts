/** One judge's scores of the same things. */
export type Ranking = Readonly<{
  /** The score of each thing; one that is not above zero does not fit. */
  scores: readonly number[];
  /** How much this judge counts. */
  weight: number;
}>;

// Cormack et al., 2009 ("Reciprocal rank fusion outperforms Condorcet and
// individual rank learning methods") take 60, for lists of a thousand. Here the
// first few places are what a person sees, so they are to count for more.
const RANK_OFFSET = 10;

/**
 * Brings the judgments of several judges together by their order alone, since
 * their scores cannot be compared.
 *
 * @param rankings The judgments.
 * @returns For each thing a score, zero where no judge says that it fits.
 */
export function fuseRankings(rankings: readonly Ranking[]): readonly number[] {
  const fused: number[] = [];
  for (const { scores, weight } of rankings) {
    const order = [...scores.keys()].filter((i) => (scores[i] ?? 0) > 0)
      .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
    for (const [rank, index] of order.entries()) {
      fused[index] = (fused[index] ?? 0) + weight / (RANK_OFFSET + rank + 1);
    }
  }
  return fused;
}
