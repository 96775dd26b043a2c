/** Formats what was observed, for people and machines. */

import type { Screen } from "../../base/terminal_text.ts";
import type { DeclaredEntry } from "../../evidence/manifest_diff.ts";
import {
  formatEntry,
  type PermissionEntry,
} from "../../permissions/permission_set.ts";
import {
  formatCounts,
  formatTable,
  INDENT,
  type Row,
  withTotal,
  wrapLine,
} from "../format.ts";
import type { Observed } from "./observed.ts";

function entryOf({ kind, value }: DeclaredEntry): string {
  return formatEntry(value === undefined ? { kind } : { kind, value });
}

function fieldNote(field: DeclaredEntry["field"]): string {
  return field === "optionalPermissions" ? " (optional)" : "";
}

function rowsOf({ subject: { id }, diff }: Observed, screen: Screen): Row[] {
  const { red, yellow, dim } = screen.paint;
  const row = (
    label: string,
    paint: (text: string) => string,
    text: string,
  ) => [{ text: label, paint }, id, text];
  return [
    ...diff.undeclared.map((need): Row => {
      const { field, places, isDenied } = need;
      const notes = [
        ...places.length === 0 ? [] : [places.join(", ")],
        ...isDenied ? ["denied"] : [],
      ];
      return row(
        "undeclared",
        red,
        entryOf(need) + fieldNote(field) +
          (notes.length === 0 ? "" : `: ${notes.join("; ")}`),
      );
    }),
    ...diff.heldBack.map(({ use, reason, remedy }): Row => {
      const { kind, value, place } = use;
      const entry: PermissionEntry = {
        kind,
        ...value === undefined ? {} : { value },
      };
      return {
        cells: row(
          "undeclared",
          red,
          formatEntry(entry) + (place === undefined ? "" : `: ${place}`),
        ),
        below: [`not proposed: ${reason}`, remedy]
          .flatMap((line) => wrapLine(INDENT + line, screen)),
      };
    }),
    ...diff.unused.map((entry) =>
      row("unused", yellow, entryOf(entry) + fieldNote(entry.field))
    ),
    ...diff.wide.map((entry) =>
      row(
        "wide",
        dim,
        `${entryOf(entry)}${fieldNote(entry.field)}: used ${
          entry.uses.join(", ")
        }`,
      )
    ),
  ];
}

/** Formats the differences of all plugins, and what belongs to nobody. */
export function formatObserved(
  all: readonly Observed[],
  nobodys: readonly PermissionEntry[],
  screen: Screen,
): string {
  const rows: Row[] = [
    ...all.flatMap((one) => rowsOf(one, screen)),
    ...nobodys.map((entry): Row => [
      { text: "nobody's", paint: screen.paint.dim },
      "",
      formatEntry(entry),
    ]),
  ];
  const sum = (countOf: (one: Observed) => number) =>
    all.reduce((total, one) => total + countOf(one), 0);
  const exact = all.filter((one) => one.isExact).length;
  const plugins = formatCounts(all.length, "plugin", [
    [all.length - exact, "with differences"],
    [exact, "exact"],
  ]);
  const { length } = nobodys;
  const parts = [
    plugins,
    `${
      sum(({ diff }) => diff.undeclared.length + diff.heldBack.length)
    } used and not declared`,
    `${sum(({ diff }) => diff.unused.length)} declared and never used`,
    ...length === 0
      ? []
      : [`${length === 1 ? "1 access" : `${length} accesses`} of nobody`],
  ];
  return withTotal(formatTable([], rows, screen), parts.join("; "), screen);
}

/** Returns the result for machines. */
export function observedResult(
  { subject: { id, directory }, uses, diff, isExact }: Observed,
) {
  const { undeclared, unused, wide, heldBack, smallest } = diff;
  return {
    id,
    directory,
    exact: isExact,
    undeclared,
    unused,
    wide,
    notProposed: heldBack,
    smallest,
    uses,
  };
}
