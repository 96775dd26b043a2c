import type { Bench, Row } from "../bench.ts";
import type { Comparison, Unit } from "../measure/comparison.ts";
import { fitGrowth, type Growth } from "../measure/growth.ts";
import { judge, type Judged } from "./verdict.ts";

/** A row of the table. */
export interface ReportRow extends Judged {
  readonly id: string;
  readonly what: string;
  readonly unit: Unit;
  /** The highest ratio allowed; `null` without a target. */
  readonly target: number | null;
}

/** The growth of one work with N. */
export interface ReportGrowth {
  readonly of: string;
  readonly ours: Growth;
  readonly theirs: Growth;
}

/** The report of a run. */
export interface Reported {
  readonly rows: readonly ReportRow[];
  readonly growth: readonly ReportGrowth[];
}

/** A benchmark with its results, by the ids of its rows. */
export interface Measured {
  readonly bench: Bench;
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

/** Makes the report of a run; only an asserted one has verdicts. */
export function reportMeasured(
  measured: readonly Measured[],
  isAsserted: boolean,
): Reported {
  const rows = measured.flatMap((one) =>
    one.bench.rows.map((row) => reportRow(one, row, isAsserted))
  );
  return { rows, growth: reportGrowth(measured, rows) };
}
