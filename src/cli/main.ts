/**
 * The command line of this package, as a function.
 *
 * @module
 */

import { Command, CommanderError } from "commander";
import config from "../../deno.json" with { type: "json" };
import { type Clock, systemClock } from "../base/clock.ts";
import { escapeControls } from "../base/text.ts";
import { auditCommand } from "./audit_command.ts";
import { CommandRun } from "./command_run.ts";
import { describeFailure } from "./describe_failure.ts";
import { envCommand } from "./env_command.ts";
import { helpCommand } from "./help_command.ts";
import { listCommand } from "./list_command.ts";
import { newCommand } from "./new_command.ts";
import { permissionsCommand } from "./permissions_command.ts";
import { planCommand } from "./plan_command.ts";
import { splitArguments } from "./read_deno_command.ts";
import { validateCommand } from "./validate_command.ts";
import {
  OutputClosedError,
  Terminal,
  type TerminalStream,
} from "./terminal.ts";

/** Options of {@linkcode main}. */
export interface MainOptions {
  /**
   * Takes results.
   *
   * @default {Deno.stdout}
   */
  readonly stdout?: TerminalStream;
  /**
   * Takes messages and progress.
   *
   * @default {Deno.stderr}
   */
  readonly stderr?: TerminalStream;
  /**
   * Whether colours are unwanted even on a terminal.
   *
   * @default {Deno.noColor}
   */
  readonly noColor?: boolean;
  /**
   * The time.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock;
  /**
   * Ends a command that would go on for ever.
   *
   * @default {undefined} it goes on
   */
  readonly signal?: AbortSignal;
}

const NAME = "semantik-plugin";
const HELP_WIDTH = 80;

const AFTER_HELP = `
Results go to standard output, messages to standard error; --json prints
{ "schema": 1, "command": ..., "result": ... } on one line. No command runs the
code of a plugin, but validate --run.

Exit status: 0 all is fine, 1 there are findings, 2 wrong usage, or work that
cannot be done.`;

/** Says a message of the library in the words and signs of this package. */
function sayUsageError(run: CommandRun, message: string): void {
  const [what = "", hint = ""] = message.trim().replace(/^error: /, "")
    .split(/\n(?=\(Did you mean )/);
  const text = escapeControls(what).replaceAll(/'([^']*)'/g, '"$1"');
  const suggestion = escapeControls(hint).replace(/^\(|\)$/g, "");
  run.fail({
    message: text.charAt(0).toUpperCase() + text.slice(1),
    remedy: suggestion || "See --help",
  });
}

function createProgram(run: CommandRun): Command {
  const { terminal } = run;
  const program = new Command(NAME)
    .description(
      "Lists, plans and checks plugins of @semantik/plugins hosts, and reads their audit trail.",
    )
    .version(config.version, "-V, --version", "print the version")
    .helpCommand(false)
    .addHelpText("after", AFTER_HELP)
    .addCommand(listCommand(run))
    .addCommand(planCommand(run))
    .addCommand(permissionsCommand(run))
    .addCommand(validateCommand(run))
    .addCommand(newCommand(run))
    .addCommand(envCommand(run))
    .addCommand(auditCommand(run));
  program.addCommand(helpCommand(run, program));
  const commands = [program];
  for (const command of commands) {
    // What follows the name of a command below is for that command.
    command.helpOption("-h, --help", "print help")
      .enablePositionalOptions().exitOverride().configureOutput({
        writeOut: (text) => terminal.print(text),
        writeErr: (text) => terminal.say(text.trimEnd()),
        outputError: (text) => sayUsageError(run, text),
        getOutHelpWidth: () => HELP_WIDTH,
        getErrHelpWidth: () => HELP_WIDTH,
        // The library would read variables to decide it.
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
    commands.push(...command.commands);
  }
  return program;
}

async function runProgram(
  run: CommandRun,
  args: readonly string[],
): Promise<number> {
  try {
    await createProgram(run).parseAsync([...args], { from: "user" });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    if (thrown instanceof OutputClosedError) throw thrown;
    run.fail(describeFailure(thrown));
  }
  return run.exitCode;
}

/**
 * Runs the command line of this package. It never throws, and ends no process.
 *
 * Needs what its command needs: `read` for sources and logs, `env` for `env`,
 * and for `validate --run` also `run` for Deno itself and `write` for the
 * directory of temporary files. What is missing is said in a sentence.
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
 * @param options Where it writes, and the time.
 * @returns The exit status: 0 all is fine, 1 there are findings, 2 wrong usage
 * or work that cannot be done.
 */
export async function main(
  args: readonly string[],
  options: MainOptions = {},
): Promise<number> {
  const {
    stdout = Deno.stdout,
    stderr = Deno.stderr,
    noColor = Deno.noColor,
    clock = systemClock,
    signal = new AbortController().signal,
  } = options;
  try {
    const terminal = new Terminal({ stdout, stderr, noColor, clock });
    const { own, denoCommand } = splitArguments(args);
    const run = new CommandRun({ terminal, clock, signal, denoCommand });
    const exitCode = await runProgram(run, own);
    terminal.flush();
    terminal.clearProgress();
    return exitCode;
  } catch (thrown) {
    // Who stopped reading has seen enough, and an error that cannot be shown
    // has nowhere to go.
    return thrown instanceof OutputClosedError ? 0 : 2;
  }
}
