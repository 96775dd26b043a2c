export interface CostAt {
  readonly size: number;
  /** The cost, in any unit. */
  readonly cost: number;
}

/** The growth of a cost with the size of the work. */
export interface Growth {
  /** The power of N that fits best over all sizes: 1 is linear. */
  readonly exponent: number;
  /** The cost of the largest size divided by the cost of the size before it. */
  readonly lastStep: number;
  /** The same ratio if costs grew in proportion to N log N. */
  readonly allowed: number;
  /** `true` if the last step stays within that ratio. */
  readonly within: boolean;
}

// The error of a median over few rounds.
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
 * Fits a power of N to the costs, by least squares over the logarithms.
 *
 * A fixed cost hides growth when N is small, so the verdict rests on the last
 * step alone.
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
