/**
 * What a person should be told about the switches of the environment.
 *
 * @module
 */

import { type Switches, switchWarnings } from "../state/switches.ts";
import type { CommandRun } from "./command_run.ts";

/**
 * Says what is not clear about the switches. Those that may not be read are one
 * note: with many types of plugins they are many.
 *
 * @param run The run of the command line.
 * @param switches The switches, as they were read.
 */
export function noteSwitches(run: CommandRun, switches: Switches): void {
  const warnings = switchWarnings(switches);
  const unread = warnings.filter(({ kind }) => kind === "unreadable");
  for (const { kind, warning } of warnings) {
    if (kind !== "unreadable" && warning !== undefined) run.note(warning);
  }
  if (unread.length > 0) {
    const names = unread.map(({ name }) => name).join(",");
    run.note(
      "Switches of the environment count as unset: this process may not read " +
        `them, which --allow-env=${names} would permit`,
    );
  }
}
