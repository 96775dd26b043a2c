/**
 * The command line of Deno that an operator gives after `--`.
 *
 * @module
 */

import { denoArguments } from "./deno_command/deno_arguments.ts";
import {
  type DenoCommand,
  parseDenoCommand,
} from "./deno_command/parse_deno_command.ts";
import { quote } from "../base/text.ts";
import { findTask } from "./task_of_script.ts";
import { UsageError } from "./failure.ts";

const DENO_REGEXP = /(?:^|[\\/])deno(?:\.exe)?$/i;
const EXAMPLE = "Write e.g. -- deno run --allow-net main.ts";

/** What is left of the arguments, and what came after `--`. */
export interface SplitArguments {
  /** The arguments of the command. */
  readonly own: readonly string[];
  /** The command line of Deno, where one came. */
  readonly denoCommand: readonly string[] | undefined;
}

// Only these take another command line; elsewhere what follows are operands.
const TAKERS: ReadonlySet<string> = new Set(["plan", "permissions"]);

/**
 * Takes the command line of Deno off the arguments.
 *
 * @param args The arguments as the shell hands them over.
 * @returns The two parts.
 */
export function splitArguments(args: readonly string[]): SplitArguments {
  const command = args.find((argument) => !argument.startsWith("-"));
  const at = args.indexOf("--");
  return at === -1 || command === undefined || !TAKERS.has(command)
    ? { own: args, denoCommand: undefined }
    : { own: args.slice(0, at), denoCommand: args.slice(at + 1) };
}

/**
 * Reads a command line of Deno.
 *
 * Looks for a task of the script's name, for which `read` permission is needed.
 *
 * @param words Its words, as the shell hands them over.
 * @returns What it grants.
 * @throws {UsageError} when it is none that runs a script.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when Deno would not start with it.
 */
export function readDenoCommand(words: readonly string[]): DenoCommand {
  const [program] = words;
  if (program === undefined || !DENO_REGEXP.test(program)) {
    throw new UsageError(
      program === undefined
        ? "No command line follows the --"
        : `The command line begins with ${quote(program)} and not with deno`,
      EXAMPLE,
    );
  }
  const command = parseDenoCommand(words);
  if (command.script === undefined) {
    throw new UsageError("The command line of Deno names no script", EXAMPLE);
  }
  if (command.subcommand !== "run" || command.unknown.length > 0) {
    return command;
  }
  const configs = denoArguments(words).flags.get("config");
  const source = findTask(command.script, Deno.cwd(), configs);
  if (source === undefined) return command;
  const { path, isRead } = source;
  return {
    ...command,
    unknown: [
      isRead
        ? `What the task ${quote(command.script)} of ${
          quote(path)
        } runs, and ` +
          "with which flags: look at its command"
        : `What ${quote(command.script)} runs: ${
          quote(path)
        } may name a task ` +
          "like it, and this process may not read it; add --allow-read",
    ],
  };
}
