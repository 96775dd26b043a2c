import type { Passage, Reranker } from "./contracts.ts";
import { type Excerpt, excerptsOf } from "./excerpts_of.ts";

// If the headings contain the words of the query, a passage is best read
// from its beginning.
const BEGINNING_BONUS = 1.5;

/** Picks the excerpt of each passage with the highest score of the reranker. */
export async function pickExcerpts(
  query: string,
  passages: readonly Passage[],
  rerank: Reranker["rerank"],
): Promise<readonly Excerpt[]> {
  const choices = passages.map((passage) =>
    excerptsOf(passage).map((excerpt) => ({ passage, excerpt }))
  );
  const scores = await rerank(
    query,
    choices.flat().map(({ passage, excerpt: { line, lines } }) => ({
      ...passage,
      startLine: line,
      endLine: line,
      text: lines.join("\n"),
    })),
  );
  let next = 0;
  return choices.map((excerpts, index) => {
    let best: Excerpt = { line: passages[index]?.startLine ?? 1, lines: [] };
    let bestScore = -Infinity;
    for (const [place, { excerpt }] of excerpts.entries()) {
      const score = scores[next++] ?? 0;
      if (place > 0 && score <= bestScore) continue;
      best = excerpt;
      bestScore = place === 0 ? score * BEGINNING_BONUS : score;
    }
    return best;
  });
}
