import type { Unit } from "../measure/comparison.ts";
import type { Summary } from "../measure/statistics.ts";

const SCALES = {
  ms: [[1_000, "s"], [1, "ms"], [1e-3, "µs"], [1e-6, "ns"]],
  bytes: [[1_048_576, "MiB"], [1_024, "KiB"], [1, "B"]],
} as const;

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Writes an amount in a readable unit. */
export function formatAmount(value: number, unit: Unit): string {
  const scales: readonly (readonly [number, string])[] = SCALES[unit];
  const [size, name] = scales.find(([size]) => value >= size) ??
    scales.at(-1) ?? [1, unit];
  return `${digits(value / size)} ${name}`;
}

/** Writes a median with the spread of the quartiles: `1.20 ms ±4%`. */
export function formatSummary(summary: Summary, unit: Unit): string {
  const { median, low, high } = summary;
  const spread = (high - low) / 2 / median * 100;
  return `${formatAmount(median, unit)} ±${spread.toFixed(0)}%`;
}
