import type { Passage } from "./contracts.ts";
import type { Excerpt } from "./excerpts_of.ts";
import { fuseRankings } from "./fuse_rankings.ts";
import { pickExcerpts } from "./pick_excerpts.ts";

/** The plugins of {@linkcode searchPassages}. */
export type SearchTools = Readonly<{
  embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
  rerank(
    query: string,
    passages: readonly Passage[],
  ): Promise<readonly number[]>;
}>;

/** A passage that matches a query. */
export type Match = Readonly<{
  passage: Passage;
  /** The part that matches best. */
  excerpt: Excerpt;
  /** The score, comparable within one search. */
  score: number;
}>;

// The number of nearest passages that the reranker scores.
const CANDIDATES = 400;
// Vectors of unrelated texts may be as near as this, so the reranker has to find
// something in such a passage.
const MIN_SIMILARITY = 0.25;
// Measured on the documentation of two large projects, with the words of its
// links as queries and the linked sections as results.
const RERANKER_WEIGHT = 2;

/**
 * Finds the passages with the nearest vectors, and orders them with the scores
 * of the reranker.
 */
export async function searchPassages(
  query: string,
  passages: readonly Passage[],
  tools: SearchTools,
  count: number,
): Promise<readonly Match[]> {
  const [queryVector, ...vectors] = await tools.embed([
    query,
    ...passages.map(textToEmbed),
  ]);
  assertOneEach("embedding", vectors.length, passages.length);
  const candidates = passages
    .map((passage, index) => ({
      passage,
      similarity: similarity(queryVector, vectors[index]),
    }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, CANDIDATES);
  const similarities = candidates.map(({ similarity }) => similarity);
  const scores = await tools.rerank(
    query,
    candidates.map(({ passage }) => passage),
  );
  assertOneEach("reranker", scores.length, candidates.length);
  const fused = fuseRankings([
    { scores, weight: RERANKER_WEIGHT },
    { scores: similarities, weight: 1 },
  ]);
  const best = candidates
    .map(({ passage, similarity }, index) => ({
      passage,
      score: fused[index] ?? 0,
      fits: similarity > MIN_SIMILARITY || (scores[index] ?? 0) > 0,
    }))
    .filter(({ fits }) => fits)
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
  const excerpts = await pickExcerpts(
    query,
    best.map(({ passage }) => passage),
    tools.rerank,
  );
  return best.flatMap(({ passage, score }, index) => {
    const excerpt = excerpts[index];
    return excerpt === undefined ? [] : [{ passage, excerpt, score }];
  });
}

function assertOneEach(who: string, answers: number, asked: number): void {
  if (answers === asked) return;
  throw new RangeError(
    `The ${who} gave ${answers} answers for ${asked} passages`,
  );
}

function textToEmbed({ headings, text }: Passage): string {
  return `${headings.join("\n")}\n${text}`;
}

/** Returns the cosine of two vectors of length one. */
function similarity(
  a: Float32Array | undefined,
  b: Float32Array | undefined,
): number {
  if (a === undefined || b === undefined) return 0;
  let sum = 0;
  for (let index = 0; index < a.length; index++) {
    sum += (a[index] ?? 0) * (b[index] ?? 0);
  }
  return sum;
}
