/** A median and the quartiles around it. */
export interface Summary {
  readonly median: number;
  /** The first quartile. */
  readonly low: number;
  /** The third quartile. */
  readonly high: number;
  readonly count: number;
}

/** A median with its 95 % interval. */
export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

function sorted(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

/** Returns a quantile, interpolated between two measurements. */
export function quantile(values: readonly number[], share: number): number {
  const inOrder = sorted(values);
  const place = share * (inOrder.length - 1);
  const below = inOrder[Math.floor(place)] ?? NaN;
  const above = inOrder[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function summarize(values: readonly number[]): Summary {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    count: values.length,
  };
}

/**
 * Computes the interval of a median by ranks, without assuming a distribution.
 *
 * Fewer than six measurements give their whole range.
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

/** Divides measurements of the same round: a slow machine slowed both. */
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
