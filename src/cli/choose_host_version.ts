/**
 * A host version to judge plugins by, where nobody says one. Pure.
 *
 * @module
 */

import { isInRange, isVersion } from "../manifest/version.ts";

const NUMBERS_REGEXP = /(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[\w.-]+)?/g;
const FALLBACK = "1.0.0";
// Each candidate is held against each range.
const MAX_RANGES = 200;
const MAX_CANDIDATES = 100;

function candidates(range: string): readonly string[] {
  return [...range.matchAll(NUMBERS_REGEXP)].flatMap(
    ([, major, minor = "0", patch = "0", preRelease = ""]) => {
      const numbers = [major, minor, patch].map(Number)
        .map((number) => Number.isNaN(number) ? 0 : number);
      const [x = 0, y = 0, z = 0] = numbers;
      // The version itself for ^, ~ and >=, the next one for >.
      return [`${x}.${y}.${z}${preRelease}`, `${x}.${y}.${z + 1}`];
    },
  ).filter(isVersion);
}

/**
 * Chooses the version that most of some ranges allow, and of several such the
 * one that is named first.
 *
 * @param ranges The ranges of host versions that plugins declare.
 * @returns A version.
 */
export function chooseHostVersion(ranges: readonly string[]): string {
  const distinct = [...new Set(ranges)].slice(0, MAX_RANGES);
  const named = ["0.0.0", ...distinct.flatMap(candidates)];
  let chosen = FALLBACK;
  let most = distinct.filter((range) => isInRange(FALLBACK, range)).length;
  for (const candidate of new Set(named.slice(0, MAX_CANDIDATES))) {
    const count = distinct.filter((range) =>
      isInRange(candidate, range)
    ).length;
    if (count > most) {
      chosen = candidate;
      most = count;
    }
  }
  return chosen;
}
