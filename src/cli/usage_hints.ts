import type { Command } from "commander";
import { escapeControls, nearestName, quote } from "../base/text.ts";
import type { CommandRun } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { invalidValue } from "./option_values.ts";

/** Returns the words of a command after the name of the program. */
function pathOf(command: Command): readonly string[] {
  const { parent } = command;
  return parent === null ? [] : [...pathOf(parent), command.name()];
}

function isShown(command: Command): boolean {
  const shown: readonly Command[] = command.parent === null
    ? [command]
    : command.createHelp().visibleCommands(command.parent);
  return shown.includes(command);
}

function below(command: Command): readonly Command[] {
  return command.commands.filter(isShown)
    .flatMap((one) => [one, ...below(one)]);
}

/**
 * Returns the command that a misspelled name most likely means, with the words
 * before it. A subcommand counts everywhere: `verify` means `audit verify`.
 */
export function nearestCommand(
  written: string,
  command: Command,
): string | undefined {
  const own = command.commands.filter(isShown);
  for (const known of [own, below(command)]) {
    const name = nearestName(written, known.map((one) => one.name()));
    const found = known.find((one) => one.name() === name);
    if (found !== undefined) return pathOf(found).join(" ");
  }
  return undefined;
}

export function didYouMean(name: string | undefined): string {
  return name === undefined ? "See --help" : `Did you mean ${name}?`;
}

function listChoices(choices: readonly string[]): string {
  return `Use one of: ${choices.join(", ")}`;
}

/** Accepts one of the choices, and suggests the nearest one for any other value. */
function parseChoice(
  name: string,
  choices: readonly string[],
): (value: string) => string {
  return (value) => {
    if (choices.includes(value)) return value;
    const nearest = nearestName(value, choices);
    throw invalidValue(
      name,
      value,
      nearest === undefined
        ? listChoices(choices)
        : `${didYouMean(nearest)} ${listChoices(choices)}`,
    );
  };
}

/** Makes options and arguments with choices suggest the nearest one. */
export function suggestChoices(command: Command): void {
  for (const option of command.options) {
    const { argChoices, long, flags } = option;
    if (argChoices === undefined) continue;
    option.argParser(parseChoice(long ?? flags, argChoices));
  }
  for (const argument of command.registeredArguments) {
    const { argChoices } = argument;
    if (argChoices === undefined) continue;
    argument.argParser(parseChoice(`<${argument.name()}>`, argChoices));
  }
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return false;
  } catch (thrown) {
    return thrown instanceof Deno.errors.NotFound;
  }
}

/** Refuses a misspelled subcommand that would count as the name of a file. */
export async function refuseMisspelled(command: Command): Promise<void> {
  const [word = ""] = command.args;
  if (command.commands.length === 0 || !/^[a-z]+$/.test(word)) return;
  const nearest = nearestCommand(word, command);
  if (nearest === undefined || !await isMissing(word)) return;
  throw new UsageError(
    `There is no file ${quote(word)}`,
    didYouMean(nearest),
  );
}

/** Shows an error of commander in the style of this package. */
export function failUsage(
  run: CommandRun,
  command: Command,
  text: string,
): void {
  const [error = "", hint = ""] = text.trim().replace(/^error: /, "")
    .split(/\n(?=\(Did you mean )/);
  // A command with an argument takes a misspelled subcommand for that.
  const [, written] = /^unknown command '(.*)'$/s.exec(error) ??
    (/^too many arguments/.test(error) ? ["", command.args[0]] : []);
  const nearest = written === undefined
    ? undefined
    : nearestCommand(written, command);
  const message = escapeControls(error).replaceAll(/'([^']*)'/g, '"$1"');
  const [, flags] = /^option '(.*)' argument missing$/.exec(error) ?? [];
  const choices = command.options.find((one) => one.flags === flags)
    ?.argChoices;
  const suggestion = choices === undefined
    ? escapeControls(hint).replace(/^\(|\)$/g, "")
    : listChoices(choices);
  const isIncomplete = /^(?:missing required argument|required option)/
    .test(error);
  const [usage = ""] = command.usage().split("\n");
  const words = ["semantik-plugin", ...pathOf(command), usage].join(" ");
  const hintOrUsage = isIncomplete ? `Write ${words}; see --help` : suggestion;
  run.fail({
    message: message.charAt(0).toUpperCase() +
      message.slice(1).replace(/\.$/, ""),
    remedy: nearest === undefined && hintOrUsage !== ""
      ? hintOrUsage
      : didYouMean(nearest),
  });
}
