const FIRST_DELAY = 500;
const MAX_DELAY = 8_000;
const MILLISECONDS_REGEXP = /^\d+(?:\.\d+)?$/;

/**
 * Computes the delay before a retry: the one that the server asks for, or else
 * twice the last one.
 *
 * A random part keeps clients that failed together from retrying together.
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
