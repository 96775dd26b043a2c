/**
 * What a run of the benchmarks came to.
 *
 * @module
 */

import type { Bench, Row } from "../bench.ts";
import type { Comparison, Unit } from "../measure/comparison.ts";
import { fitGrowth, type Growth } from "../measure/growth.ts";
import { judge, type Judged } from "./verdict.ts";

/** A row of the table. */
export interface ReportRow extends Judged {
  /** What it is found by. */
  readonly id: string;
  /** What was done. */
  readonly what: string;
  /** What is measured. */
  readonly unit: Unit;
  /** What was compared, and why that is fair. */
  readonly fair: string;
  /** What the ratio may be; `null` where nothing was asked for. */
  readonly target: number | null;
}

/** How one work grows with N. */
export interface ReportGrowth {
  /** The work. */
  readonly of: string;
  /** Ours. */
  readonly ours: Growth;
  /** What it was held against. */
  readonly theirs: Growth;
}

/** The rows of a benchmark, and what they say about growth. */
export interface Reported {
  /** The rows. */
  readonly rows: readonly ReportRow[];
  /** How each work grows with N. */
  readonly growth: readonly ReportGrowth[];
}

/** A benchmark, and what it measured. */
export interface Measured {
  /** The benchmark. */
  readonly bench: Bench;
  /** What it measured, by the rows' ids. */
  readonly results: Readonly<Record<string, Comparison>>;
}

function reportRow(
  { bench, results }: Measured,
  { id, what, target, growth: _ }: Row,
  isAsserted: boolean,
): ReportRow {
  const comparison = results[id];
  if (comparison === undefined) {
    throw new Error(`Cannot report "${id}": it was not measured`);
  }
  return {
    id,
    what,
    unit: bench.unit,
    fair: bench.fair,
    target: target ?? null,
    ...judge(comparison, isAsserted ? target : undefined),
  };
}

function reportGrowth(
  measured: readonly Measured[],
  rows: readonly ReportRow[],
): readonly ReportGrowth[] {
  const sized = measured.flatMap(({ bench }) => bench.rows)
    .flatMap(({ id, growth }) => {
      const row = rows.find((one) => one.id === id);
      return growth === undefined || row === undefined
        ? []
        : [{ ...growth, row }];
    });
  return [...Map.groupBy(sized, (one) => one.of)]
    .filter(([, points]) => points.length > 1)
    .map(([of, points]) => ({
      of,
      ours: fitGrowth(
        points.map(({ size, row }) => ({ size, cost: row.ours.median })),
      ),
      theirs: fitGrowth(
        points.map(({ size, row }) => ({ size, cost: row.theirs.median })),
      ),
    }));
}

/**
 * Makes a report of what was measured.
 *
 * @param measured What was measured.
 * @param isAsserted Whether the targets are held against it.
 * @returns The report.
 */
export function reportMeasured(
  measured: readonly Measured[],
  isAsserted: boolean,
): Reported {
  const rows = measured.flatMap((one) =>
    one.bench.rows.map((row) => reportRow(one, row, isAsserted))
  );
  return { rows, growth: reportGrowth(measured, rows) };
}
