/**
 * `help`: how a command is used.
 *
 * @module
 */

import { Command } from "commander";
import { nearestName } from "../permissions/fault.ts";
import { quote } from "../base/text.ts";
import type { CommandRun } from "./command_run.ts";

/** The command that words lead to, or the first word that leads nowhere. */
function find(program: Command, words: readonly string[]): Command | string {
  let at = program;
  for (const word of words) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) return word;
    at = next;
  }
  return at;
}

/**
 * Makes the command. The one of the library says nothing of a name that it does
 * not know.
 *
 * @param run The run of the command line.
 * @param program What it helps with.
 * @returns The command.
 */
export function helpCommand(run: CommandRun, program: Command): Command {
  return new Command("help")
    .summary("print help for a command")
    .argument("[command...]", "e.g. audit verify")
    .action((words: readonly string[]) => {
      const found = find(program, words);
      if (typeof found !== "string") {
        found.outputHelp();
        return;
      }
      const names = program.commands.map((command) => command.name());
      const meant = nearestName(found, names);
      run.fail({
        message: `Unknown command ${quote(found)}`,
        remedy: meant === undefined ? "See --help" : `Did you mean ${meant}?`,
      });
    });
}
