/**
 * Time stamps, at less than what `Date.prototype.toISOString` costs.
 *
 * @module
 */

/**
 * Makes a function that formats times, and keeps the second it formatted last.
 *
 * @returns A function from milliseconds since the epoch to ISO 8601 in UTC.
 */
export function createTimestamp(): (milliseconds: number) => string {
  let second = NaN;
  let prefix = "";
  return (milliseconds) => {
    const whole = Math.floor(milliseconds / 1_000);
    if (whole !== second) {
      prefix = new Date(milliseconds).toISOString().slice(0, -4);
      second = whole;
    }
    const rest = Math.floor(milliseconds - whole * 1_000);
    return `${prefix}${String(rest).padStart(3, "0")}Z`;
  };
}
