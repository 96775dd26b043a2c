/**
 * What was found about a plugin, for people.
 *
 * @module
 */

import { escapeControls } from "../base/text.ts";
import { formatHazards } from "./format_permission_report.ts";
import { formatProblems } from "./format.ts";
import type { Paint } from "./terminal.ts";
import type { PluginCheck } from "./validate/plugin_check.ts";

const INDENT = "  ";

function runLines({ run }: PluginCheck): readonly string[] {
  if (run === undefined) return [];
  const { health, methods, flags } = run;
  const said = health?.message === undefined ? "" : `: ${health.message}`;
  return [
    `ran with ${flags.join(" ")}`,
    `methods: ${methods.length === 0 ? "none" : methods.join(", ")}`,
    ...health === undefined ? [] : [`health: ${health.status}${said}`],
  ];
}

/**
 * Writes what was found about a plugin.
 *
 * @param check What was found.
 * @param isFinding Whether something of it counts.
 * @param paint The colours of the stream.
 * @returns Whole lines.
 */
export function formatPluginCheck(
  check: PluginCheck,
  isFinding: boolean,
  paint: Paint,
): string {
  const { id, type, version, source, problems, hazards, notes } = check;
  const subject = id === undefined
    ? source
    : [id, type, version].filter((part) => part !== undefined).join(" ");
  const verdict = isFinding ? paint.red("findings") : paint.green("fine    ");
  const lines = [
    `${verdict}  ${escapeControls(subject)}`,
    ...formatProblems(problems, paint),
    ...formatHazards(hazards.map((hazard) => ({ id, hazard })), paint)
      .map((line) => INDENT + line),
    ...[...notes, ...runLines(check)]
      .map((line) => INDENT + paint.dim(escapeControls(line))),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
