import type { Screen } from "../base/terminal_text.ts";
import { escapeControls } from "../base/text.ts";
import type { PermissionReport } from "../inspect/permission_report.ts";
import {
  HAZARD_LEVELS,
  type HazardLevel,
} from "../permissions/path_hazards.ts";
import {
  entriesOf,
  type PermissionEntry,
} from "../permissions/permission_set.ts";
import { permissionKey } from "../permissions/permission_states.ts";
import {
  formatCommand,
  formatCount,
  formatHazards,
  formatIds,
  formatTable,
  HOST,
  INDENT,
  joinLines,
  paintLevel,
  wrapLine,
} from "./format.ts";
import {
  formatAside,
  formatImports,
  formatPermissions,
  formatPermissionValue,
} from "./plugin_overview.ts";

const WHOLE = "(all)";
const MAX_VALUES = 20;

/** Makes a row of each permission that is needed, with those who need it. */
function tableRows(
  { plugins, declared }: PermissionReport,
): readonly (readonly string[])[] {
  const rows = new Map<string, { entry: PermissionEntry; ids: string[] }>();
  const rowOf = (entry: PermissionEntry) => {
    const key = permissionKey(entry);
    const row = rows.get(key) ?? { entry, ids: [] };
    rows.set(key, row);
    return row;
  };
  entriesOf(declared).forEach(rowOf);
  const needed = new Set(rows.keys());
  for (const { id, required } of plugins) {
    for (const entry of entriesOf(required)) {
      // Another value may include it.
      if (needed.has(permissionKey(entry))) rowOf(entry).ids.push(id);
    }
  }
  for (const { id, optional } of plugins) {
    for (const entry of entriesOf(optional)) {
      rowOf(entry).ids.push(`${id} (optional)`);
    }
  }
  return [...rows.values()].map(({ entry: { kind, value }, ids }) => [
    kind,
    value === undefined ? WHOLE : formatPermissionValue(value),
    ids.length === 0 ? HOST : formatIds(ids),
  ]);
}

/** Returns the number of hazards of each level, the worst first. */
function countHazards(
  hazards: PermissionReport["hazards"],
): readonly (readonly [number, HazardLevel])[] {
  return HAZARD_LEVELS.map((level) =>
    [
      hazards.filter(({ hazard }) => hazard.level === level).length,
      level,
    ] as const
  );
}

/** The imports that each plugin brings, by id, if they are known. */
type Imports = Readonly<Record<string, readonly string[]>> | undefined;

/** Formats what each plugin declares, those with the worst hazards first. */
function formatPlugins(
  { plugins, hazards }: PermissionReport,
  imports: Imports,
  screen: Screen,
): readonly string[] {
  const worst = new Map<string | undefined, HazardLevel>();
  for (const { id, hazard: { level } } of hazards) {
    const before = worst.get(id) ?? level;
    const isWorse =
      HAZARD_LEVELS.indexOf(level) <= HAZARD_LEVELS.indexOf(before);
    worst.set(id, isWorse ? level : before);
  }
  const rank = (id: string) => {
    const level = worst.get(id);
    return level === undefined
      ? HAZARD_LEVELS.length
      : HAZARD_LEVELS.indexOf(level);
  };
  const rows = plugins
    .toSorted((one, other) => rank(one.id) - rank(other.id))
    .map(({ id, required, optional }) => {
      const level = worst.get(id);
      return {
        cells: [
          id,
          ...level === undefined ? [] : [{
            text: level,
            paint: (text: string) => paintLevel(text, level, screen.paint),
          }],
        ],
        below: [
          ...formatAside(
            escapeControls(formatPermissions(required, MAX_VALUES)),
            screen,
          ),
          ...Object.keys(optional).length === 0 ? [] : formatAside(
            escapeControls(
              `optional: ${formatPermissions(optional, MAX_VALUES)}`,
            ),
            screen,
          ),
          ...formatImports(imports?.[id], screen),
        ],
      };
    });
  return formatTable([], rows, screen).split("\n").slice(0, -1);
}

/** Formats a report: hazards, the whole, each plugin, the flags, and how many there are. */
export function formatReport(
  report: PermissionReport,
  imports: Imports,
  screen: Screen,
): string {
  const { hazards, flagLine, optionalFlagLine, plugins } = report;
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [screen.paint.bold(title), ...lines, ""];
  const run = (title: string, flags: string) =>
    section(title, formatCommand(`deno run ${flags} main.ts`, screen));
  const rows = tableRows(report);
  const table = formatTable(["KIND", "VALUE", "NEEDED BY"], rows, screen);
  const found = countHazards(hazards).filter(([count]) => count > 0)
    .map(([count, level]) => `${count} ${level}`);
  const total = [
    formatCount(plugins.length, "plugin"),
    formatCount(rows.length, "permission"),
    formatCount(hazards.length, "hazard") +
    (found.length === 0 ? "" : `: ${found.join(", ")}`),
  ];
  const lines = [
    ...section("HAZARDS", formatHazards(hazards, screen)),
    ...table === "" ? [] : [table],
    ...section("EACH PLUGIN", formatPlugins(report, imports, screen)),
    ...flagLine === "" ? [] : run("FLAGS", flagLine),
    ...optionalFlagLine === flagLine
      ? []
      : run("FLAGS WITH OPTIONAL PERMISSIONS", optionalFlagLine),
    ...wrapLine(total.join(", "), screen, INDENT),
  ];
  return joinLines(lines);
}
