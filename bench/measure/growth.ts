/**
 * How a cost grows with the size of the work.
 *
 * @module
 */

/** What a work of a size cost. */
export interface CostAt {
  /** The size. */
  readonly size: number;
  /** What it cost, in any unit. */
  readonly cost: number;
}

/** How a cost grows. */
export interface Growth {
  /** The power of N that fits best over all sizes: 1 is linear. */
  readonly exponent: number;
  /** How many times dearer the largest size is than the one before it. */
  readonly lastStep: number;
  /** What growth in proportion to N log N would make of that step. */
  readonly allowed: number;
  /** Whether the last step stays within that. */
  readonly within: boolean;
}

// What a median over few rounds may be off by.
const TOLERANCE = 1.1;

function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (place: 0 | 1) =>
    points.reduce((sum, point) => sum + point[place], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  const below = points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
  return above / below;
}

/**
 * Fits a power of N to what was measured, by least squares over the logarithms.
 *
 * A fixed cost hides growth where N is small, so what is judged is the last
 * step alone, where it hides the least.
 *
 * @param costs What was measured: at least two sizes, each above 1.
 * @returns How it grows.
 */
export function fitGrowth(costs: readonly CostAt[]): Growth {
  const inOrder = costs.toSorted((a, b) => a.size - b.size);
  const [before, last] = inOrder.slice(-2);
  if (before === undefined || last === undefined) {
    throw new RangeError("Cannot fit the growth over fewer than two sizes");
  }
  const nLogN = ({ size }: CostAt) => size * Math.log(size);
  const lastStep = last.cost / before.cost;
  const allowed = nLogN(last) / nLogN(before);
  return {
    exponent: slope(
      inOrder.map(({ size, cost }) => [Math.log(size), Math.log(cost)]),
    ),
    lastStep,
    allowed,
    within: lastStep <= allowed * TOLERANCE,
  };
}
