/**
 * What many measurements come to.
 *
 * @module
 */

/** A middle, and how far the rest lies from it. */
export interface Summary {
  /** The median. */
  readonly median: number;
  /** The first quartile. */
  readonly low: number;
  /** The third quartile. */
  readonly high: number;
  /** How many measurements there were. */
  readonly count: number;
}

/** A median with the interval that holds the true one, 19 times in 20. */
export interface Interval {
  /** The median. */
  readonly median: number;
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

function sorted(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

/**
 * A quantile, with what lies between two measurements in proportion.
 *
 * @param values The measurements; at least one.
 * @param share From 0, the least, to 1, the greatest.
 * @returns The quantile.
 */
export function quantile(values: readonly number[], share: number): number {
  const inOrder = sorted(values);
  const place = share * (inOrder.length - 1);
  const below = inOrder[Math.floor(place)] ?? NaN;
  const above = inOrder[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * Summarizes measurements.
 *
 * @param values The measurements; at least one.
 * @returns Their median and quartiles.
 */
export function summarize(values: readonly number[]): Summary {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    count: values.length,
  };
}

/**
 * The interval of a median by ranks: it assumes nothing of how the measurements
 * are spread. With fewer than six of them it is all they reach over.
 *
 * @param values The measurements; at least one.
 * @returns The median and its 95 % interval.
 */
export function medianInterval(values: readonly number[]): Interval {
  const inOrder = sorted(values);
  const { length } = inOrder;
  // The normal approximation of the binomial distribution of the ranks.
  const reach = 1.96 * Math.sqrt(length) / 2;
  const low = Math.max(0, Math.floor(length / 2 - reach));
  const high = Math.min(length - 1, Math.ceil(length / 2 + reach) - 1);
  return {
    median: quantile(values, 0.5),
    low: inOrder[low] ?? NaN,
    high: inOrder[Math.max(low, high)] ?? NaN,
  };
}

/**
 * Divides what was measured together: what slowed the machine down in a round
 * slowed both down.
 *
 * @param ours One measurement a round.
 * @param theirs One measurement a round.
 * @returns The ratio of each round.
 */
export function pairedRatios(
  ours: readonly number[],
  theirs: readonly number[],
): readonly number[] {
  if (ours.length !== theirs.length || ours.length === 0) {
    throw new RangeError(
      `Cannot pair ${ours.length} measurements with ${theirs.length}`,
    );
  }
  return ours.map((value, round) => value / (theirs[round] ?? NaN));
}
