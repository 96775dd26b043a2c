import { assertEquals } from "@std/assert";
import { fuseRankings } from "./fuse_rankings.ts";

function order(scores: readonly number[]): readonly number[] {
  return [...scores.keys()].filter((index) => (scores[index] ?? 0) > 0)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}

Deno.test("fuseRankings() puts the shared favorite of several judges first", () => {
  const fused = fuseRankings([
    { scores: [0.9, 0.8, 0.1], weight: 1 },
    { scores: [1, 700, 30], weight: 1 },
  ]);
  assertEquals(order(fused), [1, 0, 2]);
});

Deno.test("fuseRankings() prefers a judge of more weight", () => {
  const scores = [[2, 1], [1, 2]];
  const fuse = (weights: readonly number[]) =>
    order(fuseRankings(scores.map((scores, judge) => ({
      scores,
      weight: weights[judge] ?? 0,
    }))));
  assertEquals(fuse([1, 2]), [1, 0]);
  assertEquals(fuse([2, 1]), [0, 1]);
});

Deno.test("fuseRankings() gives zero to an item that no judge likes", () => {
  const fused = fuseRankings([
    { scores: [0, 3, 0, -0.05], weight: 1 },
    { scores: [0, 0, 4, 0], weight: 1 },
  ]);
  assertEquals(order(fused), [1, 2]);
});

Deno.test("fuseRankings() of no rankings is empty", () => {
  assertEquals(fuseRankings([]), []);
  assertEquals(fuseRankings([{ scores: [], weight: 1 }]), []);
});
