/**
 * Problems for people.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { escapeControls } from "../base/text.ts";
import type { Paint } from "./paint.ts";

const INDENT = "  ";

/**
 * Writes problems, each with where it is and its remedy.
 *
 * @param problems The problems. Their texts may be foreign.
 * @param paint The colours of the stream.
 * @returns Two lines a problem.
 */
export function formatProblems(
  problems: readonly Problem[],
  paint: Paint,
): readonly string[] {
  return problems.flatMap(({ message, remedy, path }) => {
    const at = path === undefined || path === "" ? "" : `${path}: `;
    return [
      INDENT + paint.red(escapeControls(at + message)),
      `${INDENT}${INDENT}${escapeControls(remedy)}`,
    ];
  });
}
