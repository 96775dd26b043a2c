/**
 * Notes about the switches of the environment.
 *
 * @module
 */

import {
  type Switch,
  type Switches,
  SWITCHES_FLAG,
} from "../state/switches.ts";
import { switchWarnings } from "../state/switches.ts";
import { formatFlags } from "../permissions/format_flags.ts";
import type { CommandRun } from "./command_run.ts";

/** Why a switch counts as unset although nobody knows whether it is set. */
const UNREAD = {
  command:
    "The command line does not let the host read its switches, so that they " +
    "count as unset and keep no plugin out",
  process:
    "Switches of the environment count as unset: this process may not read them",
} as const;

/**
 * Notes what is unclear about the switches. The unreadable ones are one note:
 * with many types of plugins they are many.
 *
 * @param run The run of the command line.
 * @param switches The switches.
 * @param isHidden Whether the command line in question hides a switch from the host.
 */
export function noteSwitches(
  run: CommandRun,
  switches: Switches,
  isHidden: (name: string) => boolean,
): void {
  const warnings = switchWarnings(switches);
  for (const { kind, warning } of warnings) {
    if (kind !== "unreadable" && warning !== undefined) run.note(warning);
  }
  const unread = warnings.filter(({ kind }) => kind === "unreadable");
  const noteAll = (
    reason: string,
    concerned: readonly Switch[],
    unless = "",
  ) => {
    if (concerned.length === 0) return;
    const names = concerned.map(({ name }) => name).join(", ");
    const flag = formatFlags([SWITCHES_FLAG]);
    run.note(`${reason}: ${names}; ${flag} permits it${unless}`);
  };
  noteAll(
    UNREAD.command,
    unread.filter(({ name }) => isHidden(name)),
    ", unless another flag denies or ignores it by name",
  );
  noteAll(UNREAD.process, unread.filter(({ name }) => !isHidden(name)));
}
