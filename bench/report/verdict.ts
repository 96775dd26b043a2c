/**
 * What the measurements of a row say about its target.
 *
 * @module
 */

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
 * - `"even"`: it is not, and the target is within what the ratio may be, so that
 *   the measurements cannot tell;
 * - `"not met"`: it is above the target by more than the measurements vary;
 * - `"no target"`: nothing was asked for.
 */
export type Verdict = "met" | "even" | "not met" | "no target";

/** A row of the table, without its words. */
export interface Judged {
  /** Ours. */
  readonly ours: Summary;
  /** The peer that was the fastest, or took the least. */
  readonly peer: string;
  /** That peer. */
  readonly theirs: Summary;
  /** Ours divided by theirs. */
  readonly ratio: Interval;
  /** The medians of all peers. */
  readonly peers: Readonly<Record<string, number>>;
  /** What it says about the target. */
  readonly verdict: Verdict;
}

function judgeRatio(ratio: Interval, target: number | undefined): Verdict {
  if (target === undefined) return "no target";
  if (ratio.median <= target) return "met";
  return ratio.low <= target ? "even" : "not met";
}

/**
 * Holds the measurements of a row against its target.
 *
 * @param comparison The measurements.
 * @param target What ours divided by the best of theirs may be.
 * @returns What they say.
 */
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
