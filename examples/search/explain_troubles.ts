import type { LoadReport } from "@semantik/plugins";

/**
 * Explains in one line each why a plugin takes no part, and what would change
 * that.
 */
export function explainTroubles(report: LoadReport): readonly string[] {
  return [...report.refused, ...report.failed].flatMap(({ problems }) =>
    problems.map(({ message, remedy }) => `${message}. ${remedy}`)
  );
}
