import type { Comparison } from "../measure/comparison.ts";
import {
  type Interval,
  medianInterval,
  pairedRatios,
  summarize,
  type Summary,
} from "../measure/statistics.ts";

/**
 * - `"met"`: the ratio is within the target;
 * - `"even"`: the ratio is above the target, by less than the measurements
 *   vary;
 * - `"not met"`: the ratio is above the target by more than that;
 * - `"no target"`: the row is only there to compare.
 */
export type Verdict = "met" | "even" | "not met" | "no target";

/** The numbers of a row. */
export interface Judged {
  readonly ours: Summary;
  /** The peer that was fastest, or used the least. */
  readonly peer: string;
  readonly theirs: Summary;
  /** Ours divided by theirs. */
  readonly ratio: Interval;
  /** The medians of all peers. */
  readonly peers: Readonly<Record<string, number>>;
  readonly verdict: Verdict;
}

function judgeRatio(ratio: Interval, target: number | undefined): Verdict {
  if (target === undefined) return "no target";
  if (ratio.median <= target) return "met";
  return ratio.low <= target ? "even" : "not met";
}

/** Compares the measurements of a row with its target. */
export function judge(
  { ours, theirs }: Comparison,
  target: number | undefined,
): Judged {
  const peers = Object.entries(theirs)
    .map(([name, values]) => ({ name, values, summary: summarize(values) }))
    .toSorted((a, b) => a.summary.median - b.summary.median);
  const [best] = peers;
  if (best === undefined) throw new RangeError("Cannot judge without a peer");
  const ratio = medianInterval(pairedRatios(ours, best.values));
  return {
    ours: summarize(ours),
    peer: best.name,
    theirs: best.summary,
    ratio,
    peers: Object.fromEntries(
      peers.map(({ name, summary }) => [name, summary.median]),
    ),
    verdict: judgeRatio(ratio, target),
  };
}
