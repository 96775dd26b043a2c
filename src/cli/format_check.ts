/**
 * How a command line stands to what is needed, for people.
 *
 * @module
 */

import type { PermissionReport } from "../inspect/permission_report.ts";
import {
  entriesOf,
  formatEntry,
  type PermissionEntry,
} from "../permissions/permission_set.ts";
import { permissionKey } from "../permissions/permission_states.ts";
import { cut, escapeControls } from "../base/text.ts";
import type { CommandLineCheck } from "./check_command_line.ts";
import type { Paint } from "./terminal.ts";

function whoNeeds(report: PermissionReport, entry: PermissionEntry): string {
  const key = permissionKey(entry);
  const ids = report.plugins
    .filter(({ required }) =>
      entriesOf(required).some((one) => permissionKey(one) === key)
    )
    .map(({ id }) => id);
  return ids.length === 0 ? "" : `, for ${ids.join(", ")}`;
}

function denialOf(
  { denials }: CommandLineCheck,
  entry: PermissionEntry,
): string {
  const denial = denials.find((one) => one.entry === entry);
  if (denial === undefined) return "";
  const flag = escapeControls(cut(denial.flag, 200));
  return denial.yields
    ? `; ${flag} denies it, and the narrower --allow-${entry.kind} wins`
    : `; take away ${flag}`;
}

/**
 * Writes what is missing and what is too much.
 *
 * @param check What was found.
 * @param report What is needed, and by whom.
 * @param paint The colours of the stream.
 * @returns Whole lines.
 */
export function formatCheck(
  check: CommandLineCheck,
  report: PermissionReport,
  paint: Paint,
): string {
  const { missing, surplus, unknown, noPrompt, lacksIgnoreEnv } = check;
  const { script = "main.ts" } = check;
  const lines = [
    ...missing.map((entry) =>
      `${paint.red("missing")}  ${formatEntry(entry)}${
        whoNeeds(report, entry)
      }${denialOf(check, entry)}`
    ),
    ...lacksIgnoreEnv
      ? [
        `${
          paint.red("missing")
        }  --ignore-env, without which a variable that ` +
        "nobody declares throws instead of reading as unset",
      ]
      : [],
    ...surplus.map((entry) =>
      `${paint.yellow("surplus")}  ${formatEntry(entry)}, ${
        report.declared[entry.kind] === undefined || entry.value !== undefined
          ? "which nobody declares"
          : "of which only a part is declared"
      }`
    ),
    ...unknown.map((what) =>
      `${paint.yellow("unknown")}  ${escapeControls(what)}`
    ),
    ...noPrompt
      ? []
      : [`${paint.dim("advice")}   Add --no-prompt, so that Deno asks nobody`],
  ];
  const isFine = missing.length + surplus.length === 0 && !lacksIgnoreEnv;
  if (isFine && unknown.length === 0) {
    lines.unshift(
      paint.green("The command line grants what is needed, and no more"),
    );
  } else if (isFine) {
    lines.push("What is unknown may grant more: look at it, or write flags");
  } else if (report.flagLine !== "") {
    lines.push(
      "",
      "The flags for exactly what is needed:",
      `deno run ${report.flagLine} ${escapeControls(script)}`,
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}
