import { describeThrown, quote } from "../base/text.ts";
import { UsageError } from "./failure.ts";

const AGO_REGEXP = /^(\d{1,9})([smhd])$/;
const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 };
const EARLIEST_DATE = -8.64e15;

export function invalidValue(
  option: string,
  value: string,
  remedy: string,
): UsageError {
  return new UsageError(`Invalid value ${quote(value)} for ${option}`, remedy);
}

/** Collects the values of a repeatable option. */
export function collect(
  value: string,
  before: readonly string[] = [],
): readonly string[] {
  return [...before, value];
}

export function parseCount(text: string, option: string, max: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= max) return count;
  throw invalidValue(option, text, `Use a whole number from 1 to ${max}`);
}

/** Returns the milliseconds of an age such as `2h`; `undefined` for another text. */
function millisecondsOf(text: string): number | undefined {
  const [, count, unit] = AGO_REGEXP.exec(text) ?? [];
  return unit === "s" || unit === "m" || unit === "h" || unit === "d"
    ? Number(count) * SECONDS[unit] * 1_000
    : undefined;
}

/** Parses an age such as `24h` to milliseconds. */
export function parseAge(text: string, option: string): number {
  const age = text === "0" ? 0 : millisecondsOf(text);
  if (age !== undefined) return age;
  throw invalidValue(option, text, "Use e.g. 24h, 7d, or 0");
}

/** Parses an ISO 8601 date or time, or an age such as `2h`, to milliseconds since the epoch. */
export function parseTime(text: string, option: string, now: number): number {
  const ago = millisecondsOf(text);
  if (ago !== undefined) return Math.max(now - ago, EARLIEST_DATE);
  const time = Date.parse(text);
  // Some engines parse texts that are not dates.
  if (!Number.isNaN(time) && /^\d{4}-/.test(text)) return time;
  throw invalidValue(
    option,
    text,
    "Use e.g. 2026-01-31, 2026-01-31T12:00:00Z, or 2h for two hours ago",
  );
}

export function parseJson(text: string, what: string, remedy: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text may hold secrets and is not quoted.
    throw new UsageError(`${what} is not valid JSON`, remedy);
  }
}

export async function readJsonFile(
  path: string,
  option: string,
): Promise<unknown> {
  const file = `The file ${quote(path)} of ${option}`;
  try {
    return parseJson(await Deno.readTextFile(path), file, "Correct the file");
  } catch (thrown) {
    if (
      thrown instanceof Deno.errors.NotCapable || thrown instanceof UsageError
    ) throw thrown;
    const why = thrown instanceof Deno.errors.NotFound
      ? "does not exist"
      : `cannot be read: ${describeThrown(thrown)}`;
    throw new UsageError(`${file} ${why}`, "Name a readable JSON file");
  }
}
