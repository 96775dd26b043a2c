import { Argument, Command } from "commander";
import { escapeControls } from "../base/text.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { completeWords } from "./completions/complete_words.ts";
import { type Shell, SHELLS } from "./completions/shells.ts";
import { invalidValue } from "./option_values.ts";

interface CompletionsFlags {
  readonly json?: true;
  readonly name: string;
}

const NAME_REGEXP = /^[a-z][a-z0-9_-]{0,62}$/;
// As cobra, whose protocol the scripts speak: none, and no names of files.
const FILES_DIRECTIVE = 0;
const NO_FILES_DIRECTIVE = 4;

export function completionsCommand(run: CommandRun): Command {
  async function completions(
    shell: Shell,
    { name }: CompletionsFlags,
  ): Promise<Outcome> {
    if (!NAME_REGEXP.test(name)) {
      throw invalidValue(
        "--name",
        name,
        "Use the name that it was installed by, of a-z, 0-9, - and _",
      );
    }
    const { completionScript } = await import(
      "./completions/completion_script.ts"
    );
    const script = completionScript(shell, name);
    return { result: { shell, script }, text: script, exitCode: 0 };
  }

  return new Command("completions")
    .summary("print a script that completes commands in a shell")
    .description(
      "Prints the script that completes commands, options, values and files in a shell, for a program that " +
        "was installed with deno install. In bash, for example, add to ~/.bashrc: " +
        "source <(semantik-plugin completions bash)",
    )
    .addArgument(
      new Argument("<shell>", "the shell").choices([...SHELLS]),
    )
    .option(
      "--name <program>",
      "the name it was installed by",
      "semantik-plugin",
    )
    .option("--json", "print the result as JSON")
    .action((shell: Shell, flags: CompletionsFlags) =>
      run.run("completions", flags.json, () => completions(shell, flags))
    );
}

/** Called by the scripts; not in the help. */
export function completeCommand(run: CommandRun, program: Command): Command {
  return new Command("complete")
    .argument("[word...]")
    .action((words: readonly string[]) => {
      const { completions, files } = completeWords(program, words);
      for (const { value, description } of completions) {
        run.terminal.print(`${value}\t${escapeControls(description)}\n`);
      }
      run.terminal.print(`:${files ? FILES_DIRECTIVE : NO_FILES_DIRECTIVE}\n`);
    });
}
