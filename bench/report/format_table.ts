import type { Growth } from "../measure/growth.ts";
import type { Reported, ReportRow, SkippedRow } from "./bench_report.ts";
import { formatAmount, formatSummary } from "./format_amount.ts";

function formatCells(cells: readonly (readonly string[])[]): string {
  const [head = []] = cells;
  const widths = head.map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? "").length))
  );
  const line = (row: readonly string[]) =>
    `| ${
      row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")
    } |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(head), line(rule), ...cells.slice(1).map(line)].join("\n");
}

function rowCells(row: ReportRow): readonly string[] {
  const { ratio, target, most } = row;
  const targets = [
    ...target === null ? [] : [target.toFixed(2)],
    ...most === null ? [] : [formatAmount(most, row.unit)],
  ];
  return [
    row.what,
    formatSummary(row.ours, row.unit),
    `${row.peer} ${formatSummary(row.theirs, row.unit)}`,
    `${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)}–${
      ratio.high.toFixed(2)
    })`,
    targets.join(", "),
    row.verdict === "no target" ? "" : row.verdict,
  ];
}

// A machine that slows down slows both; that is no growth of ours.
const TOLERANCE = 1.1;

function judgeGrowth(ours: Growth, theirs: Growth): string {
  if (ours.within) return "within";
  return ours.lastStep <= theirs.lastStep * TOLERANCE
    ? "as theirs"
    : "faster than N log N";
}

function growthCells(of: string, ours: Growth, theirs: Growth) {
  return [
    of,
    `N^${ours.exponent.toFixed(2)}`,
    `N^${theirs.exponent.toFixed(2)}`,
    `${ours.lastStep.toFixed(1)} and ${theirs.lastStep.toFixed(1)} times`,
    `${ours.allowed.toFixed(1)} times`,
    judgeGrowth(ours, theirs),
  ];
}

function formatSkipped(skipped: readonly SkippedRow[]): string {
  return skipped.map(({ what, notMeasured }) =>
    `\nnot measured: ${what}: ${notMeasured}\n`
  ).join("");
}

/** Writes a report as Markdown tables. */
export function formatTable({ rows, skipped, growth }: Reported): string {
  const table = formatCells([
    ["what", "ours", "theirs", "ratio (95 %)", "target", "met"],
    ...rows.map(rowCells),
  ]);
  const missing = formatSkipped(skipped);
  if (growth.length === 0) return `${table}\n${missing}`;
  const grown = formatCells([
    ["growth over N", "ours", "theirs", "last step", "N log N", "growth is"],
    ...growth.map(({ of, ours, theirs }) => growthCells(of, ours, theirs)),
  ]);
  return `${table}\n\n${grown}\n${missing}`;
}
