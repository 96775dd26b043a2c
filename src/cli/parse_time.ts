/**
 * Times as an operator writes them. Pure.
 *
 * @module
 */

import { quote } from "../base/text.ts";
import { UsageError } from "./usage_error.ts";

const AGO_REGEXP = /^(\d{1,9})(s|m|h|d)$/;
const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
};

/**
 * Reads a time: a date or time of ISO 8601, or how long ago it was, e.g. `2h`.
 *
 * @param text The text.
 * @param option The option that it was given with, for messages.
 * @param now Milliseconds since the epoch.
 * @returns Milliseconds since the epoch.
 * @throws {UsageError} when it is no time.
 */
export function parseTime(text: string, option: string, now: number): number {
  const [, count, unit = ""] = AGO_REGEXP.exec(text) ?? [];
  const time = count === undefined
    ? Date.parse(text)
    : now - Number(count) * (SECONDS[unit] ?? 0) * 1_000;
  // Of a text that is no date some engines make one all the same.
  if (!Number.isNaN(time) && (count !== undefined || /^\d{4}-/.test(text))) {
    return time;
  }
  throw new UsageError(
    `The value of ${option} is ${quote(text)}, which is no time`,
    "Write e.g. 2026-01-31, 2026-01-31T12:00:00Z, or 2h for two hours ago",
  );
}
