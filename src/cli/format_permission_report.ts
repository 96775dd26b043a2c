import { cut, escapeControls } from "../base/text.ts";
import type {
  PermissionReport,
  PluginHazard,
} from "../inspect/permission_report.ts";
import { entriesOf, formatEntry } from "../permissions/permission_set.ts";
import { permissionKey } from "../permissions/permission_states.ts";
import { formatTable, joinLines } from "./format.ts";
import type { Paint } from "./terminal.ts";

const WHOLE = "(all)";
const HOST = "the host";

function tableRows(
  { plugins, declared }: PermissionReport,
): readonly (readonly string[])[] {
  const ids = new Map<string, string[]>();
  for (const { id, required } of plugins) {
    for (const entry of entriesOf(required)) {
      const key = permissionKey(entry);
      ids.set(key, [...ids.get(key) ?? [], id]);
    }
  }
  const required = entriesOf(declared).map((entry) => {
    const { kind, value = WHOLE } = entry;
    return [kind, value, (ids.get(permissionKey(entry)) ?? [HOST]).join(", ")];
  });
  const optional = plugins.flatMap((plugin) =>
    entriesOf(plugin.optional).map((
      { kind, value = WHOLE },
    ) => [kind, value, `${plugin.id} (optional)`])
  );
  return [...required, ...optional];
}

/** Formats each hazard as two lines. */
export function formatHazards(
  hazards: readonly PluginHazard[],
  paint: Paint,
): readonly string[] {
  return hazards.flatMap(({ id, hazard }) => {
    const { level, entry, reason, remedy } = hazard;
    const isGrave = level === "critical" || level === "high";
    const color = isGrave ? paint.red : paint.yellow;
    const label = color(level.padEnd("critical".length));
    const who = escapeControls(id ?? HOST);
    const why = escapeControls(cut(reason));
    return [
      `${label}  ${who}: ${formatEntry(entry)} ${why}`,
      `            ${escapeControls(cut(remedy))}`,
    ];
  });
}

export function formatPermissionReport(
  report: PermissionReport,
  paint: Paint,
): string {
  const { hazards, flagLine, optionalFlagLine } = report;
  const section = (title: string, ...lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", paint.bold(title), ...lines];
  const run = (title: string, flags: string) =>
    section(title, `deno run ${flags} main.ts`);
  return formatTable(["KIND", "VALUE", "NEEDED BY"], tableRows(report), paint) +
    joinLines([
      ...section("HAZARDS", ...formatHazards(hazards, paint)),
      ...flagLine === "" ? [] : run("FLAGS", flagLine),
      ...optionalFlagLine === flagLine
        ? []
        : run("FLAGS WITH OPTIONAL PERMISSIONS", optionalFlagLine),
    ]);
}
