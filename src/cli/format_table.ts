/**
 * Tables for people.
 *
 * @module
 */

import { cut, escapeControls } from "../base/text.ts";
import type { Paint } from "./paint.ts";

const GAP = "  ";
const MAX_CELL = 400;

// A terminal gives a character one place, whatever number of units it is made of.
function width(text: string): number {
  return [...text].length;
}

/**
 * Writes rows in columns.
 *
 * @param header What stands above the columns.
 * @param rows The rows, each as long as the header. Their texts may be foreign.
 * @param paint The colours of the stream.
 * @returns Whole lines; nothing where there is no row.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  if (rows.length === 0) return "";
  const shown = rows.map((row) =>
    row.map((cell) => escapeControls(cut(cell, MAX_CELL)))
  );
  const widths = header.map((title, column) =>
    shown.reduce(
      (widest, row) => Math.max(widest, width(row[column] ?? "")),
      width(title),
    )
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) =>
      column === header.length - 1
        ? cell
        : cell + " ".repeat((widths[column] ?? 0) - width(cell))
    ).join(GAP).trimEnd();
  return [paint.bold(line(header)), ...shown.map(line)]
    .map((text) => `${text}\n`).join("");
}
