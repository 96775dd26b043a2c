import type { Problem } from "../base/errors.ts";
import type { PluginHazard } from "../inspect/permission_report.ts";
import type { HazardLevel } from "../permissions/path_hazards.ts";
import { formatEntry } from "../permissions/permission_set.ts";
import {
  displayWidth,
  type Paint,
  type Screen,
  wrapText,
} from "../base/terminal_text.ts";
import { cut, escapeControls, linesOf } from "../base/text.ts";

export const INDENT = "  ";
/** The name of the host beside the ids of plugins. */
export const HOST = "the host";

/** Ends each line with a newline. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Wraps an escaped line; `hanging` begins the lines after the first. */
export function wrapLine(
  text: string,
  { columns }: Screen,
  hanging: string = INDENT + INDENT,
): readonly string[] {
  return wrapText(text, columns, { hanging });
}

/** Wraps a command so that its lines can be pasted into a shell. */
export function formatCommand(
  command: string,
  { columns }: Screen,
): readonly string[] {
  return wrapText(command, columns, { hanging: INDENT, isCommand: true });
}

/** Formats a number of things, such as "1 plugin" or "1,200 plugins". */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Formats the last line of a listing, such as "3 plugins: 1 refused, 2 loaded".
 * Leaves out parts that are 0. Name the worst part first.
 */
export function formatCounts(
  total: number,
  noun: string,
  parts: readonly (readonly [count: number, what: string])[] = [],
): string {
  const shown = parts.filter(([count]) => count > 0)
    .map(([count, what]) => `${count.toLocaleString("en")} ${what}`);
  const list = shown.length === 0 ? "" : `: ${shown.join(", ")}`;
  return formatCount(total, noun) + list;
}

/** Ends a listing with its counts, on a line of their own. */
export function withTotal(
  listing: string,
  total: string,
  screen: Screen,
): string {
  const last = joinLines(wrapLine(total, screen, INDENT));
  return listing === "" ? last : `${listing}\n${last}`;
}

/** An untrusted text in a table, with a color. */
export interface Cell {
  readonly text: string;
  readonly paint: (text: string) => string;
}

/** A row of a table: its cells, or its cells and the lines below them. */
export type Row = readonly (string | Cell)[] | {
  readonly cells: readonly (string | Cell)[];
  /** Escaped and wrapped. */
  readonly below: readonly string[];
};

const MAX_CELL = 400;
// A column is not made narrower than this, unless its words are shorter.
const MIN_COLUMN = 16;

function plainCell(text: string): Cell {
  return { text, paint: (shown) => shown };
}

function longestWord(text: string): number {
  return text.split(" ").reduce(
    (longest, word) => Math.max(longest, displayWidth(word)),
    0,
  );
}

/** Narrows the widest columns until a row fits, as far as they may be narrowed. */
function fitColumns(
  natural: readonly number[],
  least: readonly number[],
  columns: number,
): readonly number[] {
  const gaps = INDENT.length * (natural.length - 1);
  const widths = [...natural];
  let excess = natural.reduce((sum, width) => sum + width, gaps) - columns;
  while (excess > 0) {
    const free = widths.map((width, index) =>
      width > (least[index] ?? 0) ? width : 0
    );
    const widest = Math.max(...free);
    if (widest === 0) break;
    const at = free.indexOf(widest);
    widths[at] = widest - 1;
    excess--;
  }
  return widths;
}

/**
 * Places the cells of a row in their columns. After a cell that is wider than its
 * column, such as a long path, the next cell begins on the next line.
 */
function placeRow(
  row: readonly Cell[],
  widths: readonly number[],
  columns: number,
): readonly string[] {
  const lines: { text: string; width: number }[] = [];
  let [top, left] = [0, 0];
  row.forEach(({ text, paint }, column) => {
    const isLast = column === row.length - 1;
    const width = isLast ? columns - left : widths[column] ?? 0;
    // A line must not begin with a part of a text from outside.
    const hanging = column === 0 ? INDENT : "";
    const parts = wrapText(text, width, { hanging });
    parts.forEach((part, index) => {
      const line = lines[top + index] ?? { text: "", width: 0 };
      const pad = " ".repeat(part === "" ? 0 : left - line.width);
      lines[top + index] = {
        text: line.text + pad + paint(part),
        width: line.width + pad.length + displayWidth(part),
      };
    });
    const isWider = parts.some((part) => displayWidth(part) > width);
    if (isWider) top = lines.length;
    left += width + INDENT.length;
  });
  return lines.map(({ text }) => text);
}

/**
 * Formats untrusted texts in columns that fit the screen; returns "" for no rows.
 * The last cell of a row with fewer cells takes the columns that are left.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly Row[],
  { paint, columns }: Screen,
): string {
  if (rows.length === 0) return "";
  const shown = rows.map((row) => {
    const { cells, below } = "cells" in row ? row : { cells: row, below: [] };
    return {
      below,
      cells: cells.map((cell): Cell => {
        const { text, paint } = typeof cell === "string"
          ? plainCell(cell)
          : cell;
        return { text: escapeControls(cut(text, MAX_CELL)), paint };
      }),
    };
  });
  const count = shown.reduce(
    (most, { cells }) => Math.max(most, cells.length),
    header.length,
  );
  const places = Array.from({ length: count }, (_, column) => column);
  const widest = (column: number, widthOf: (text: string) => number) =>
    shown.reduce(
      (width, { cells }) =>
        cells.length < count && column === cells.length - 1
          ? width
          : Math.max(width, widthOf(cells[column]?.text ?? "")),
      displayWidth(header[column] ?? ""),
    );
  const natural = places.map((column) => widest(column, displayWidth));
  const words = places.map((column) => widest(column, longestWord));
  const least = places.map((column) =>
    Math.max(
      displayWidth(header[column] ?? ""),
      Math.min(MIN_COLUMN, words[column] ?? 0),
    )
  );
  // Lines break between words first, and only then within a name.
  const widths = columns === Infinity
    ? natural
    : fitColumns(fitColumns(natural, words, columns), least, columns);
  const titles = header.map((text) => ({ text, paint: paint.bold }));
  return joinLines([
    ...header.length === 0 ? [] : placeRow(titles, widths, columns),
    ...shown.flatMap(({ cells, below }) => [
      ...placeRow(cells, widths, columns),
      ...below,
    ]),
  ]);
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
  screen: Screen,
): readonly string[] {
  return problems.flatMap(({ message, remedy, path }) => {
    const at = path === undefined || path === "" ? "" : `${path}: `;
    const [first, ...frame] = formatMessage(at + message, INDENT);
    const what = INDENT + screen.paint.red(first.slice(INDENT.length));
    return [
      // The rest of a message must not look like its remedy.
      ...wrapLine(what, screen, INDENT.repeat(3)),
      ...frame,
      ...wrapLine(
        INDENT + INDENT + escapeControls(remedy),
        screen,
        INDENT.repeat(4),
      ),
    ];
  });
}

/** Makes a critical hazard stand out from a high one, and both from the rest. */
export function paintLevel(
  text: string,
  level: HazardLevel,
  paint: Paint,
): string {
  if (level === "critical") return paint.bold(paint.red(text));
  return level === "high" ? paint.red(text) : paint.yellow(text);
}

const LEVEL_WIDTH = "critical".length;

const MAX_IDS = 3;

/** Formats ids, at most a few of them. */
export function formatIds(ids: readonly string[]): string {
  const rest = ids.length - MAX_IDS;
  return rest <= 1
    ? ids.join(", ")
    : `${ids.slice(0, MAX_IDS).join(", ")} and ${rest} more`;
}

/** Formats each hazard once for all plugins: what it is, and the remedy. */
export function formatHazards(
  hazards: readonly PluginHazard[],
  screen: Screen,
): readonly string[] {
  const hanging = " ".repeat(LEVEL_WIDTH + INDENT.length);
  const groups = Map.groupBy(
    hazards,
    ({ hazard: { level, entry, reason, remedy } }) =>
      JSON.stringify([level, formatEntry(entry), reason, remedy]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { level, entry, reason, remedy } = first.hazard;
    const label = paintLevel(level.padEnd(LEVEL_WIDTH), level, screen.paint);
    const who = escapeControls(formatIds(group.map(({ id }) => id ?? HOST)));
    const why = escapeControls(cut(reason));
    const what = `${label}${INDENT}${who}: ${formatEntry(entry)} ${why}`;
    return [
      ...wrapLine(what, screen, hanging + INDENT + INDENT),
      ...wrapLine(
        hanging + INDENT + escapeControls(cut(remedy)),
        screen,
        hanging + INDENT.repeat(3),
      ),
    ];
  });
}
