/** Shows the comparison of two versions of a plugin to a person. */

import type { Screen } from "../../base/terminal_text.ts";
import { escapeControls } from "../../base/text.ts";
import type { Requirement } from "../../manifest/manifest.ts";
import type { Hazard } from "../../permissions/path_hazards.ts";
import {
  flagProblems,
  formatFlags,
  permissionFlags,
} from "../../permissions/permission_flags.ts";
import {
  formatEntry,
  type PermissionEntry,
} from "../../permissions/permission_set.ts";
import { formatHazards, formatTable, joinLines, wrapLine } from "../format.ts";
import {
  isGrowth,
  type PermissionChange,
  setOf,
} from "./permission_changes.ts";
import type { PluginDiff } from "./plugin_diff.ts";

const ARROW = " -> ";
const MAX_FILES_SHOWN = 50;

/** Returns the flag of an entry, if a flag can express it. */
export function flagOf(entry: PermissionEntry): string {
  const set = setOf(entry);
  return flagProblems(set).length > 0
    ? ""
    : formatFlags(permissionFlags(set, { noPrompt: false }));
}

/** Describes a change in words, e.g. `widened net to "a.b:1" -> net as a whole`. */
export function describeChange(
  { change, isOptional, before, after }: PermissionChange,
): string {
  const list = (entries: readonly PermissionEntry[]) =>
    entries.map(formatEntry).join(", ");
  switch (change) {
    case "required":
      return `${list(after)} is required now`;
    case "optional":
      return `${list(after)} is optional now`;
    default: {
      const parts = [before, after].filter(({ length }) => length > 0);
      return parts.map(list).join(ARROW) + (isOptional ? ", optional" : "");
    }
  }
}

function permissionTable({ permissions }: PluginDiff, screen: Screen): string {
  const { red, green } = screen.paint;
  const rows = permissions.map((one) => {
    const { change, before, after } = one;
    const entries = change === "removed" ? before : after;
    const flags = entries.map(flagOf).join(" ");
    return [
      { text: change, paint: isGrowth(one) ? red : green },
      describeChange(one),
      change === "optional" ? "" : flags,
    ];
  });
  return formatTable(["CHANGE", "PERMISSION", "FLAG"], rows, screen);
}

function bytes(size: number): string {
  return `${size.toLocaleString("en")} bytes`;
}

function range(requirement: Omit<Requirement, "id"> | undefined): string {
  if (requirement === undefined) return "";
  const { optional, version } = requirement;
  return optional === true ? `${version}, optional` : version;
}

function changeOf(before: unknown, after: unknown): string {
  if (before === undefined) return "added";
  return after === undefined ? "removed" : "changed";
}

type Row = readonly [
  change: string,
  what: string,
  before: string,
  after: string,
];

function fileRows({ files }: PluginDiff): readonly Row[] {
  if (files === undefined) return [];
  const rows: readonly Row[] = [
    ...files.added.map(({ path, size }): Row => //
    ["added", `file ${path}`, "", bytes(size)]),
    ...files.changed.map(({ path, size, sizeBefore }): Row => //
    ["changed", `file ${path}`, bytes(sizeBefore), bytes(size)]),
    ...files.removed.map(({ path, size }): Row => //
    ["removed", `file ${path}`, bytes(size), ""]),
  ];
  const rest = rows.length - MAX_FILES_SHOWN;
  return rest > 0
    ? [...rows.slice(0, MAX_FILES_SHOWN), [
      "",
      `${rest.toLocaleString("en")} more files, which --json lists`,
      "",
      "",
    ]]
    : rows;
}

function otherTable(diff: PluginDiff, screen: Screen): string {
  const { manifest, requires, imports = [] } = diff;
  const isUpgrade = diff.before !== undefined && diff.after !== undefined;
  const rows: readonly Row[] = [
    ...requires.map(({ id, before, after }): Row => [
      changeOf(before, after),
      `plugin ${id}`,
      range(before),
      range(after),
    ]),
    ...imports.map(({ before, after }): Row => [
      changeOf(before, after),
      "module",
      before ?? "",
      after ?? "",
    ]),
    ...isUpgrade
      ? manifest.map(({ field, before, after }): Row => [
        changeOf(before, after),
        field,
        before ?? "",
        after ?? "",
      ])
      : [],
    ...fileRows(diff),
  ];
  return formatTable(["CHANGE", "WHAT", "BEFORE", "AFTER"], rows, screen);
}

function title(diff: PluginDiff, { paint }: Screen): string {
  const { id, before, after, grows, isOlder } = diff;
  const versions = before === undefined
    ? `${after?.version} is new`
    : after === undefined
    ? `${before.version} is gone`
    : before.version === after.version
    ? `${after.version}, the same version`
    : `${before.version}${ARROW}${after.version}${isOlder ? ", older" : ""}`;
  const verdict = grows
    ? paint.red("grows")
    : paint.green("ok".padEnd("grows".length));
  return `${verdict}  ${escapeControls(`${id} ${versions}`)}`;
}

/** Formats the comparison of one plugin. */
export function formatDiff(
  diff: PluginDiff,
  screen: Screen,
  unchanged = "Nothing changed",
): string {
  const { id, hazards } = diff;
  const hazardLines = (heading: string, list: readonly Hazard[]) =>
    list.length === 0 ? "" : joinLines([
      screen.paint.bold(heading),
      ...formatHazards(list.map((hazard) => ({ id, hazard })), screen),
    ]);
  const parts = [
    permissionTable(diff, screen),
    hazardLines("NEW HAZARDS", hazards.gained),
    hazardLines("HAZARDS THAT ARE GONE", hazards.lost),
    otherTable(diff, screen),
  ].filter((part) => part !== "");
  const body = parts.length === 0 ? [`${unchanged}\n`] : parts;
  const head = wrapLine(title(diff, screen), screen);
  return [joinLines(head), ...body].join("\n");
}
