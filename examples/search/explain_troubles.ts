import type { LoadReport } from "@semantik/plugins";

/**
 * Says which plugins take no part, why, and what would change that.
 *
 * @param report What became of each plugin.
 * @returns A line for each of them.
 */
export function explainTroubles(report: LoadReport): readonly string[] {
  return [...report.refused, ...report.failed].flatMap(({ problems }) =>
    problems.map(({ message, remedy }) => `${message}. ${remedy}`)
  );
}
