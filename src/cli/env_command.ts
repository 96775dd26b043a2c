/**
 * `env`: which variables of this environment plugins would not see, and why.
 *
 * @module
 */

import { Command, Option } from "commander";
import {
  explainEnvironment,
  type VariableExplanation,
} from "../environment/sanitized_environment.ts";
import type { EnvMatching } from "../secrets/withheld_because.ts";
import { collect } from "./collect.ts";
import type { CommandRun } from "./command_run.ts";
import { formatTable } from "./format_table.ts";
import type { Outcome } from "./outcome.ts";
import { UsageError } from "./usage_error.ts";

/** The options of the command, as they were written. */
interface EnvFlags {
  readonly json?: true;
  readonly all?: true;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly matching: EnvMatching;
}

function describe(one: VariableExplanation): string {
  if (one.status === "unpermitted") {
    return `this process may not read it, which ${one.flag} would permit`;
  }
  if (one.status !== "withheld") return "";
  const { because } = one;
  switch (because.kind) {
    case "pattern":
      return `the name holds ${because.match}`;
    case "word":
      return `the name has the word ${because.match}`;
    case "deny":
      return `the name matches ${because.match} of --deny`;
    case "value":
      return "the value is, or holds, a credential";
  }
}

function assertReadable(names: readonly string[]): void {
  if (names.length > 0) return;
  const { state } = Deno.permissions.querySync({ name: "env" });
  if (state === "granted") return;
  throw new UsageError(
    "This process may not list the variables of its environment",
    "Run it with --allow-env, or name variables: env HOME API_KEY",
  );
}

/**
 * Makes the command.
 *
 * @param run The run of the command line.
 * @returns The command.
 */
export function envCommand(run: CommandRun): Command {
  function env(names: readonly string[], flags: EnvFlags): Outcome {
    assertReadable(names);
    const { allow, deny, matching } = flags;
    const explained = explainEnvironment({ names, allow, deny, matching });
    const asked = names.length === 0
      ? explained
      : explained.filter(({ name }) => names.includes(name));
    const shown = flags.all === true || names.length > 0
      ? asked
      : asked.filter(({ status }) => status === "withheld");
    if (shown.length === 0) run.note("No variable would be withheld");
    const rows = shown.map((one) => [one.name, one.status, describe(one)]);
    return {
      result: { variables: shown },
      text: formatTable(["NAME", "STATUS", "WHY"], rows, run.terminal.paint),
      exitCode: 0,
    };
  }

  return new Command("env")
    .summary("which variables would be withheld from plugins, and why")
    .description(
      "Says which variables of this environment plugins would not see, and why. " +
        "It prints names, never values.",
    )
    .argument("[name...]", "only these variables, whatever becomes of them")
    .option("--all", "also those that plugins would see")
    .option(
      "--allow <name>",
      "a name to keep all the same; repeatable",
      collect,
    )
    .option(
      "--deny <pattern>",
      "one more pattern to withhold; repeatable",
      collect,
    )
    .addOption(
      new Option("--matching <how>", "how patterns are matched in names")
        .choices(["substring", "word"]).default("substring"),
    )
    .option("--json", "print the result for machines")
    .action((names: readonly string[], flags: EnvFlags) =>
      run.run("env", flags.json, () => env(names, flags))
    );
}
