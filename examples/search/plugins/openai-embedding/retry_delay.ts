const FIRST_DELAY = 500;
const MAX_DELAY = 8_000;
const MILLISECONDS_REGEXP = /^\d+(?:\.\d+)?$/;

/**
 * How long to wait before asking again: as long as the server says, and where
 * it says nothing twice as long each time, a little less by chance, so that
 * clients that failed together do not come back together.
 *
 * @param headers The headers of the answer; empty where there was none.
 * @param attempt How often the server was asked; the first is 1.
 * @param now Milliseconds since the epoch.
 * @param random A number from 0 to 1.
 * @returns How many milliseconds to wait.
 */
export function retryDelay(
  headers: Headers,
  attempt: number,
  now: number,
  random: number,
): number {
  const milliseconds = headers.get("retry-after-ms")?.trim() ?? "";
  if (MILLISECONDS_REGEXP.test(milliseconds)) return Number(milliseconds);
  const after = headers.get("retry-after")?.trim() ?? "";
  if (MILLISECONDS_REGEXP.test(after)) return Number(after) * 1_000;
  const date = Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const delay = Math.min(FIRST_DELAY * 2 ** (attempt - 1), MAX_DELAY);
  return delay * (1 - random / 4);
}
