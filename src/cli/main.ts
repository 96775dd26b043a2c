import { Command, CommanderError } from "commander";
import config from "../../deno.json" with { type: "json" };
import { type Clock, systemClock } from "../base/timing.ts";
import { quote } from "../base/text.ts";
import { wrapText } from "../base/terminal_text.ts";
import { loadCommands } from "./commands.ts";
import { CommandRun } from "./command_run.ts";
import { completeCommand, completionsCommand } from "./completions_command.ts";
import { describeFailure } from "./failure.ts";
import { splitArguments } from "./deno_command/read_deno_command.ts";
import {
  didYouMean,
  failUsage,
  nearestCommand,
  refuseMisspelled,
  suggestChoices,
} from "./usage_hints.ts";
import {
  OutputClosedError,
  Terminal,
  type TerminalStream,
} from "./terminal.ts";

/** Options of {@linkcode main}. */
export interface MainOptions {
  /**
   * Receives results.
   *
   * @default {Deno.stdout}
   */
  readonly stdout?: TerminalStream;
  /**
   * Receives messages and progress.
   *
   * @default {Deno.stderr}
   */
  readonly stderr?: TerminalStream;
  /**
   * The source of `audit -`, and of the answers of a person. Nobody is asked if it
   * is no terminal.
   *
   * @default {Deno.stdin}
   */
  readonly stdin?: {
    read(bytes: Uint8Array): Promise<number | null>;
    isTerminal?(): boolean;
  };
  /**
   * Turns colors off even on a terminal.
   *
   * @default {Deno.noColor}
   */
  readonly noColor?: boolean;
  /**
   * The source of the current time.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock;
  /**
   * Imports manifests from servers, for sources that are `https:` URLs. Deno lets
   * no package from JSR do that, and a module of your own may:
   * `importModule: (specifier, options) => import(specifier, options)`.
   *
   * @default {undefined} sources on a server are refused
   */
  readonly importModule?: (
    specifier: string,
    options?: ImportCallOptions,
  ) => Promise<unknown>;
  /**
   * Stops a command that would otherwise not end, such as `audit --follow`.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal;
}

const NAME = "semantik-plugin";
const MAX_HELP_WIDTH = 80;

const EXAMPLES = `
For example:
  semantik-plugin list ./plugins
  semantik-plugin permissions ./plugins
  semantik-plugin new ./my-plugin --type embedding
`;

const AFTER_HELP = [
  `"${NAME} <command> --help" explains a command. Results go to standard ` +
  "output, messages to standard error. With --json, a command prints " +
  '{ "schema": 1, "command": ..., "result": ... } on one line.',
  "Only validate --run, health, dev and observe run plugin code. Plugins on a server " +
  "can be read only by a module of your own that calls main of " +
  "@semantik/plugins/cli with importModule.",
  "Exit codes: 0 success, 1 problems found, 2 usage error or failure.",
];

/** Replaces commander's `help`, which ignores unknown names. */
function helpCommand(run: CommandRun, program: Command): Command {
  return new Command("help")
    .summary("print the help of a command")
    .argument("[command...]", "e.g. audit verify")
    .action((words: readonly string[]) => {
      let command = program;
      for (const word of words) {
        const next = command.commands.find((one) => one.name() === word);
        if (next === undefined) {
          return run.fail({
            message: `Unknown command ${quote(word)}`,
            remedy: didYouMean(nearestCommand(word, command)),
          });
        }
        command = next;
      }
      command.outputHelp();
    });
}

/** Makes the program with the command that the first word names, or with all. */
async function createProgram(
  run: CommandRun,
  word: string | undefined,
): Promise<Command> {
  const { terminal } = run;
  const width = Math.min(MAX_HELP_WIDTH, terminal.screen.columns);
  const after = AFTER_HELP.map((text) => wrapText(text, width).join("\n"));
  const program = new Command(NAME)
    .usage("<command> [options]")
    .description(
      "Lists, plans, checks and switches the plugins of @semantik/plugins hosts, and reads their audit logs.",
    )
    .version(config.version, "-V, --version", "print the version")
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText("after", EXAMPLES + `\n${after.join("\n\n")}`);
  for (const command of await loadCommands(run, word)) {
    program.addCommand(command);
  }
  const own = "This program:";
  program.addCommand(completionsCommand(run).helpGroup(own))
    .addCommand(helpCommand(run, program).helpGroup(own))
    .addCommand(completeCommand(run, program), { hidden: true });
  program.hook("preAction", (_, command) => refuseMisspelled(command));
  const commands = [program];
  for (const command of commands) {
    // Options after the name of a subcommand belong to the subcommand.
    command.helpOption("-h, --help", "print help")
      .enablePositionalOptions().exitOverride().configureOutput({
        writeOut: (text) => terminal.print(text),
        writeErr: (text) => terminal.printError(text.trimEnd()),
        outputError: (text) => failUsage(run, command, text),
        getOutHelpWidth: () => width,
        getErrHelpWidth: () => width,
        // By default commander reads environment variables to decide.
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
    // By default commander wraps nothing in a column of less than 40.
    command.configureHelp({ ...command.configureHelp(), minWidthToWrap: 20 });
    suggestChoices(command);
    commands.push(...command.commands);
  }
  return program;
}

async function runProgram(
  run: CommandRun,
  args: readonly string[],
): Promise<number> {
  try {
    const program = await createProgram(run, args[0]);
    await program.parseAsync([...args], { from: "user" });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    if (thrown instanceof OutputClosedError) throw thrown;
    run.fail(describeFailure(thrown));
  }
  return run.exitCode;
}

/**
 * Runs the command line of this package. Never throws, and never exits the process.
 *
 * Needs the permissions of the command: `read` for sources and logs, and `env`
 * for `env`. `validate --run` also needs `run` for Deno itself and `write` for
 * the directory of temporary files. An error message names a missing permission.
 *
 * @example Listing plugins
 * ```ts
 * import { main } from "@semantik/plugins/cli";
 * import { assertEquals } from "@std/assert";
 *
 * let output = "";
 * const stdout = {
 *   isTerminal: () => false,
 *   writeSync(bytes: Uint8Array) {
 *     output += new TextDecoder().decode(bytes);
 *     return bytes.length;
 *   },
 * };
 * const exitCode = await main(["list", "--json", "./no/plugins"], { stdout });
 *
 * assertEquals(exitCode, 1);
 * assertEquals(JSON.parse(output).command, "list");
 * ```
 *
 * @param args The arguments, without the program and the script.
 * @param options The streams, the clock, the signal and the importer.
 * @returns The exit code: 0 (success), 1 (problems found) or 2 (usage error or
 * failure).
 */
export async function main(
  args: readonly string[],
  options: MainOptions = {},
): Promise<number> {
  const {
    stdout = Deno.stdout,
    stderr = Deno.stderr,
    stdin = Deno.stdin,
    noColor = Deno.noColor,
    clock = systemClock,
    signal = new AbortController().signal,
    importModule,
  } = options;
  try {
    const terminal = new Terminal({ stdout, stderr, noColor, clock });
    const { own, denoCommand } = splitArguments(args);
    const run = new CommandRun({
      terminal,
      clock,
      signal,
      stdin,
      denoCommand,
      importModule,
    });
    const exitCode = await runProgram(run, own);
    terminal.flush();
    terminal.clearProgress();
    return exitCode;
  } catch (thrown) {
    // A reader that closed the output has seen enough. Any other error here
    // cannot be shown.
    return thrown instanceof OutputClosedError ? 0 : 2;
  }
}
