/**
 * Holds a command line of Deno against what is needed. Pure.
 *
 * @module
 */

import type { DenoCommand } from "../permissions/parse_deno_command.ts";
import {
  entriesOf,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { commandSurplus } from "../permissions/permission_surplus.ts";
import { union } from "../permissions/set_algebra.ts";
import { missingInCommand } from "./missing_in_command.ts";

/** How a command line stands to what is needed. */
export interface CommandLineCheck {
  /** The script that it runs. */
  readonly script: string | undefined;
  /** What it grants, and what Deno grants without a flag. */
  readonly granted: PermissionSet;
  /** What is needed and not granted. */
  readonly missing: readonly PermissionEntry[];
  /** What is granted and nobody declares. */
  readonly surplus: readonly PermissionEntry[];
  /** What the command line alone does not tell, in words. */
  readonly unknown: readonly string[];
  /** Whether it keeps Deno from asking a person. */
  readonly noPrompt: boolean;
}

/**
 * Holds a command line of Deno against what is needed.
 *
 * @param command What `readDenoCommand` read.
 * @param needed What is needed.
 * @param besides What may be granted besides without being too much.
 * @returns What is missing and what is too much.
 */
export function checkCommandLine(
  command: DenoCommand,
  needed: PermissionSet,
  besides: PermissionSet,
): CommandLineCheck {
  const { script, granted, unknown, noPrompt } = command;
  return {
    script,
    granted,
    unknown,
    noPrompt,
    missing: missingInCommand(needed, command),
    surplus: entriesOf(commandSurplus(command, union(needed, besides))),
  };
}
