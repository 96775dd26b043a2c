/** The scores that one judge gives to the same items. */
export type Ranking = Readonly<{
  /** The score of each item; an item must be above zero to match. */
  scores: readonly number[];
  weight: number;
}>;

// Cormack et al., 2009 ("Reciprocal rank fusion outperforms Condorcet and
// individual rank learning methods") use 60 for lists of a thousand. Here, the
// first few places are all that a person sees, so they count more.
const RANK_OFFSET = 10;

/**
 * Combines the rankings of several judges by order alone, because their scores
 * cannot be compared.
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
