/**
 * Holds a command line of Deno against what is needed. Pure.
 *
 * @module
 */

import { withoutReadableSwitches } from "../inspect/permission_needs.ts";
import type { DenoCommand } from "./deno_command/parse_deno_command.ts";
import {
  entriesOf,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { permissionKey } from "../permissions/permission_states.ts";
import { covers, union } from "../permissions/set_algebra.ts";
import { switchNames } from "../state/switches.ts";
import {
  type CommandDenial,
  commandSurplus,
  denialsInCommand,
  deniedParts,
  missingInCommand,
} from "./missing_in_command.ts";

/** How a command line stands to what is needed. */
export interface CommandLineCheck {
  /** The script that it runs. */
  readonly script: string | undefined;
  /** What it grants, and what Deno grants without a flag. */
  readonly granted: PermissionSet;
  /** What is needed and not granted, and what is denied of it. */
  readonly missing: readonly PermissionEntry[];
  /** The flags that deny what is missing. */
  readonly denials: readonly CommandDenial[];
  /** What is granted and nobody declares. */
  readonly surplus: readonly PermissionEntry[];
  /** What the command line alone does not tell, in words. */
  readonly unknown: readonly string[];
  /** Whether it keeps Deno from asking a person. */
  readonly noPrompt: boolean;
  /** True when variables that nobody declares throw, and should read as unset. */
  readonly lacksIgnoreEnv: boolean;
}

/** Options of {@linkcode checkCommandLine}. */
export interface CheckCommandLineOptions {
  /**
   * Requires that variables that nobody declares read as unset.
   *
   * @default {false}
   */
  readonly ignoreEnv?: boolean | undefined;
  /** The types of the plugins that a switch may keep out. */
  readonly types: readonly string[];
}

/**
 * Holds a command line of Deno against what is needed.
 *
 * @param command What `readDenoCommand` read.
 * @param needed What is needed.
 * @param besides What may be granted besides without being too much.
 * @param options How it is judged.
 * @returns What is missing and what is too much.
 */
export function checkCommandLine(
  command: DenoCommand,
  needed: PermissionSet,
  besides: PermissionSet,
  options: CheckCommandLineOptions,
): CommandLineCheck {
  const { script, granted, ignored, unknown, noPrompt } = command;
  const { ignoreEnv = false, types } = options;
  const unread = missingInCommand({ env: switchNames(types) }, command);
  // With the whole environment granted there is nothing left to ignore.
  const readsUnset = covers(union(granted, ignored), { env: ["*"] });
  const whole = missingInCommand(needed, command);
  const keys = new Set(whole.map(permissionKey));
  const parts = deniedParts(needed, command)
    .filter((entry) => !keys.has(permissionKey(entry)));
  const missing = withoutReadableSwitches(
    [...whole, ...parts],
    unread.length === 0,
  );
  return {
    script,
    granted,
    unknown,
    noPrompt,
    missing,
    denials: denialsInCommand(missing, command),
    surplus: entriesOf(commandSurplus(command, union(needed, besides))),
    lacksIgnoreEnv: ignoreEnv && !readsUnset,
  };
}
