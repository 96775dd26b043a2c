import type { Bench, Row } from "../bench.ts";
import type { Result, Unit } from "../measure/comparison.ts";
import { fitGrowth, type Growth } from "../measure/growth.ts";
import { judge, type Judged } from "./verdict.ts";

/** A row of the table. */
export interface ReportRow extends Judged {
  readonly id: string;
  readonly what: string;
  readonly unit: Unit;
  /** The highest ratio allowed; `null` without a target. */
  readonly target: number | null;
  /** The most that ours may take; `null` without a target. */
  readonly most: number | null;
}

/** A row that could not be measured. */
export interface SkippedRow {
  readonly id: string;
  readonly what: string;
  readonly notMeasured: string;
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
  readonly skipped: readonly SkippedRow[];
  readonly growth: readonly ReportGrowth[];
}

/** A benchmark with its results, by the ids of its rows. */
export interface Measured {
  readonly bench: Bench;
  readonly results: Readonly<Record<string, Result>>;
}

function reportRow(
  { bench, results }: Measured,
  { id, what, target, most, growth: _ }: Row,
  isAsserted: boolean,
): ReportRow | SkippedRow {
  const result = results[id];
  if (result === undefined) {
    throw new Error(`Cannot report "${id}": it was not measured`);
  }
  if ("notMeasured" in result) return { id, what, ...result };
  return {
    id,
    what,
    unit: bench.unit,
    target: target ?? null,
    most: most ?? null,
    ...judge(result, isAsserted ? { target, most } : {}),
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
  const all = measured.flatMap((one) =>
    one.bench.rows.map((row) => reportRow(one, row, isAsserted))
  );
  const rows = all.filter((row): row is ReportRow => "verdict" in row);
  const skipped = all.filter((row): row is SkippedRow => "notMeasured" in row);
  return { rows, skipped, growth: reportGrowth(measured, rows) };
}
