import type { Comparison } from "../measure/comparison.ts";
import {
  type Interval,
  medianInterval,
  pairedRatios,
  quantile,
  summarize,
  type Summary,
} from "../measure/statistics.ts";

/**
 * - `"met"`: the ratio is within the target;
 * - `"even"`: the ratio is above the target, by less than the measurements
 *   vary;
 * - `"not met"`: the ratio is above the target by more than that;
 * - `"no target"`: the row is only there to compare.
 *
 * An absolute target is met if 19 of 20 measurements are within it, and even if
 * the median is.
 */
export type Verdict = "met" | "even" | "not met" | "no target";

/** The targets of a row: for the ratio, and for ours alone. */
export interface Targets {
  readonly target?: number | undefined;
  readonly most?: number | undefined;
}

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

function judgeMost(
  ours: readonly number[],
  most: number | undefined,
): Verdict {
  if (most === undefined) return "no target";
  if (quantile(ours, 0.95) <= most) return "met";
  return quantile(ours, 0.5) <= most ? "even" : "not met";
}

const ORDER: readonly Verdict[] = ["no target", "met", "even", "not met"];

function worseOf(one: Verdict, other: Verdict): Verdict {
  return ORDER.indexOf(one) > ORDER.indexOf(other) ? one : other;
}

/** Compares the measurements of a row with its targets. */
export function judge(
  { ours, theirs }: Comparison,
  { target, most }: Targets,
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
    verdict: worseOf(judgeRatio(ratio, target), judgeMost(ours, most)),
  };
}
