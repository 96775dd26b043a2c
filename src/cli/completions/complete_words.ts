import type { Argument, Command, Option } from "commander";

/** A completion, with a description of one line. */
export interface Completion {
  readonly value: string;
  readonly description: string;
}

/** The completions of a word. */
export interface Completions {
  readonly completions: readonly Completion[];
  /** True if the shell may complete the word by the name of a file. */
  readonly files: boolean;
}

const NOTHING: Completions = { completions: [], files: false };
const FILES: Completions = { completions: [], files: true };

/** The names of values that are paths; a source is a path most of the time. */
const PATH_NAMES: ReadonlySet<string> = new Set(
  "dir file json new old source".split(" "),
);

function valueName({ flags }: Option): string {
  return /[<[]([^>\]]+)[>\]]$/.exec(flags)?.[1]?.replace("...", "") ?? "";
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function completeNames(
  names: readonly string[] | undefined,
  prefix: string,
  isPath: boolean,
): Completions {
  if (names === undefined) return isPath ? FILES : NOTHING;
  return {
    completions: names.filter((name) => name.startsWith(prefix))
      .map((value) => ({ value, description: "" })),
    files: false,
  };
}

function completeValue(option: Option, prefix: string): Completions {
  return completeNames(
    option.argChoices,
    prefix,
    PATH_NAMES.has(valueName(option)),
  );
}

function completeOption(command: Command, word: string): Completions {
  const [flag = "", value] = word.split(/=(.*)/s);
  const help = command.createHelp();
  const options = help.visibleOptions(command);
  if (value === undefined) {
    return {
      completions: options.flatMap(({ long, description }) =>
        long?.startsWith(word) ? [{ value: long, description }] : []
      ),
      files: false,
    };
  }
  const option = options.find(({ long }) => long === flag);
  return option === undefined ? NOTHING : completeValue(option, value);
}

function completeOperand(
  command: Command,
  count: number,
  prefix: string,
): Completions {
  const args: readonly Argument[] = command.registeredArguments;
  const last = args.at(-1);
  const argument = args[count] ?? (last?.variadic ? last : undefined);
  return argument === undefined ? NOTHING : completeNames(
    argument.argChoices,
    prefix,
    PATH_NAMES.has(argument.name()),
  );
}

function completeCommand(command: Command, prefix: string): Completions {
  return {
    completions: command.createHelp().visibleCommands(command)
      .filter((one) => one.name().startsWith(prefix))
      .map((one) => ({ value: one.name(), description: one.summary() })),
    files: false,
  };
}

/** Returns the command that words name, and the number of its operands among them. */
function findPlace(program: Command, words: readonly string[]) {
  let command = program;
  let operands = 0;
  let option: Option | undefined;
  let isHelp = false;
  for (const word of words) {
    if (word === "--") return undefined;
    if (option !== undefined) {
      option = undefined;
    } else if (word.startsWith("-")) {
      const named = command.options.find(({ long, short }) =>
        long === word || short === word
      );
      if (named !== undefined && takesValue(named)) option = named;
    } else {
      const next = operands > 0
        ? undefined
        : command.commands.find((one) => one.name() === word);
      if (next === undefined) operands++;
      // The operands of `help` are the words of a command.
      else if (next.name() === "help") isHelp = true;
      else command = next;
    }
  }
  return { command, operands, option, isHelp };
}

/** Completes the last word of a command line without the name of the program. Pure. */
export function completeWords(
  program: Command,
  words: readonly string[],
): Completions {
  const word = words.at(-1) ?? "";
  const place = findPlace(program, words.slice(0, -1));
  // The command line of Deno, after --.
  if (place === undefined) return FILES;
  const { command, operands, option, isHelp } = place;
  if (option !== undefined) return completeValue(option, word);
  if (isHelp) return completeCommand(command, word);
  if (word.startsWith("-")) return completeOption(command, word);
  const operand = completeOperand(command, operands, word);
  if (operands > 0) return operand;
  const { completions } = completeCommand(command, word);
  return {
    completions: [...completions, ...operand.completions],
    files: operand.files,
  };
}
