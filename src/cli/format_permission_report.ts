/**
 * What plugins need of Deno, for people.
 *
 * @module
 */

import type {
  PermissionReport,
  PluginHazard,
} from "../inspect/permission_report.ts";
import {
  entriesOf,
  formatEntry,
  type PermissionEntry,
} from "../permissions/permission_set.ts";
import { permissionKey } from "../permissions/permission_states.ts";
import { cut, escapeControls } from "../base/text.ts";
import { formatTable } from "./format.ts";
import type { Paint } from "./terminal.ts";

const WHOLE = "(all)";
const LIBRARY = "the host";

function declarers(
  report: PermissionReport,
  field: "required" | "optional",
): ReadonlyMap<string, readonly string[]> {
  const byEntry = new Map<string, string[]>();
  for (const plugin of report.plugins) {
    for (const entry of entriesOf(plugin[field])) {
      const key = permissionKey(entry);
      byEntry.set(key, [...byEntry.get(key) ?? [], plugin.id]);
    }
  }
  return byEntry;
}

function row(
  { kind, value = WHOLE }: PermissionEntry,
  who: string,
): readonly string[] {
  return [kind, value, who];
}

function rowsOf(report: PermissionReport): readonly (readonly string[])[] {
  const required = declarers(report, "required");
  const rows = entriesOf(report.declared).map((entry) =>
    row(entry, (required.get(permissionKey(entry)) ?? [LIBRARY]).join(", "))
  );
  const optional = report.plugins.flatMap((plugin) =>
    entriesOf(plugin.optional).map((entry) =>
      row(entry, `${plugin.id} (optional)`)
    )
  );
  return [...rows, ...optional];
}

function hazardLines(
  { id, hazard }: PluginHazard,
  paint: Paint,
): readonly string[] {
  const { level, entry, reason, remedy } = hazard;
  const color = level === "critical" || level === "high"
    ? paint.red
    : paint.yellow;
  const who = escapeControls(id ?? LIBRARY);
  return [
    `${color(level.padEnd("critical".length))}  ${who}: ${formatEntry(entry)} ${
      escapeControls(cut(reason))
    }`,
    `            ${escapeControls(cut(remedy))}`,
  ];
}

/**
 * Writes hazards.
 *
 * @param hazards The hazards.
 * @param paint The colours of the stream.
 * @returns Two lines a hazard.
 */
export function formatHazards(
  hazards: readonly PluginHazard[],
  paint: Paint,
): readonly string[] {
  return hazards.flatMap((hazard) => hazardLines(hazard, paint));
}

/**
 * Writes a report of permissions.
 *
 * @param report The report.
 * @param paint The colours of the stream.
 * @returns Whole lines.
 */
export function formatPermissionReport(
  report: PermissionReport,
  paint: Paint,
): string {
  const table = formatTable(
    ["KIND", "VALUE", "NEEDED BY"],
    rowsOf(report),
    paint,
  );
  const lines = [
    ...report.hazards.length === 0 ? [] : ["", paint.bold("HAZARDS")],
    ...formatHazards(report.hazards, paint),
    ...report.flagLine === "" ? [] : [
      "",
      paint.bold("FLAGS"),
      `deno run ${report.flagLine} main.ts`,
    ],
    ...report.optionalFlagLine === report.flagLine ? [] : [
      "",
      paint.bold("WITH WHAT IS OPTIONAL"),
      `deno run ${report.optionalFlagLine} main.ts`,
    ],
  ];
  return table + lines.map((line) => `${line}\n`).join("");
}
