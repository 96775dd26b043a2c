import type { Problem } from "../base/errors.ts";
import type { PluginHazard } from "../inspect/permission_report.ts";
import type { HazardLevel } from "../permissions/hazard.ts";
import { formatEntry } from "../permissions/permission_set.ts";
import { cut, escapeControls, linesOf } from "../base/text.ts";
import type { Paint } from "./terminal.ts";

export const INDENT = "  ";
const MAX_CELL = 400;
/** The name of the host beside the ids of plugins. */
export const HOST = "the host";

/** Ends each line with a newline. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

// A terminal gives a character one column, however many UTF-16 units it has.
function width(text: string): number {
  return [...text].length;
}

/** Formats untrusted texts in columns; returns "" for no rows. */
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
      cell + " ".repeat((widths[column] ?? 0) - width(cell))
    ).join(INDENT).trimEnd();
  return joinLines([paint.bold(line(header)), ...shown.map(line)]);
}

/**
 * Escapes a message; the lines of a code frame become lines. They are indented
 * more than all else, so that a message from outside forges no other line.
 */
export function formatMessage(
  message: string,
  indent = "",
): readonly [string, ...string[]] {
  const [first = "", ...others] = linesOf(escapeControls(message));
  return [
    indent + first,
    ...others.map((line) => indent + INDENT + INDENT + line),
  ];
}

/** Formats each problem: the message with its path, and the remedy on a line below. */
export function formatProblems(
  problems: readonly Problem[],
  paint: Paint,
): readonly string[] {
  return problems.flatMap(({ message, remedy, path }) => {
    const at = path === undefined || path === "" ? "" : `${path}: `;
    const [first, ...frame] = formatMessage(at + message, INDENT);
    return [
      INDENT + paint.red(first.slice(INDENT.length)),
      ...frame,
      INDENT + INDENT + escapeControls(remedy),
    ];
  });
}

/** Makes a critical hazard stand out from a high one, and both from the rest. */
function paintLevel(text: string, level: HazardLevel, paint: Paint): string {
  if (level === "critical") return paint.bold(paint.red(text));
  return level === "high" ? paint.red(text) : paint.yellow(text);
}

/** Formats each hazard as two lines. */
export function formatHazards(
  hazards: readonly PluginHazard[],
  paint: Paint,
): readonly string[] {
  return hazards.flatMap(({ id, hazard }) => {
    const { level, entry, reason, remedy } = hazard;
    const label = paintLevel(level.padEnd("critical".length), level, paint);
    const who = escapeControls(id ?? HOST);
    const why = escapeControls(cut(reason));
    return [
      `${label}  ${who}: ${formatEntry(entry)} ${why}`,
      `            ${escapeControls(cut(remedy))}`,
    ];
  });
}
