import { Command, Option } from "commander";
import {
  explainEnvironment,
  type VariableExplanation,
} from "../environment/sanitized_environment.ts";
import type { EnvMatching } from "../secrets/secret_names.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { formatCounts, formatTable, withTotal } from "./format.ts";
import { collect } from "./option_values.ts";

interface EnvFlags {
  readonly json?: true;
  readonly all?: true;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly matching: EnvMatching;
}

const STATUSES = ["withheld", "unpermitted", "unset", "kept"] as const;

function describe(one: VariableExplanation): string {
  if (one.status === "unpermitted") {
    return `this process may not read it; ${one.flag} would allow it`;
  }
  if (one.status !== "withheld") return "";
  const { because } = one;
  switch (because.kind) {
    case "pattern":
      return `the name contains ${because.match}`;
    case "word":
      return `the name has the word ${because.match}`;
    case "deny":
      return `the name matches --deny ${because.match}`;
    case "value":
      return "the value is or contains a credential";
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

export function envCommand(run: CommandRun): Command {
  function env(names: readonly string[], flags: EnvFlags): Outcome {
    assertReadable(names);
    const { allow, deny, matching } = flags;
    const explained = explainEnvironment({ names, allow, deny, matching });
    const shown = explained.filter(({ name, status }) =>
      names.length > 0
        ? names.includes(name)
        : flags.all === true || status === "withheld"
    );
    if (shown.length === 0) run.note("No variable would be withheld");
    const worstFirst = shown.toSorted((one, other) =>
      STATUSES.indexOf(one.status) - STATUSES.indexOf(other.status)
    );
    const rows = worstFirst.map((one) => [one.name, one.status, describe(one)]);
    const counts = STATUSES.map((status) =>
      [shown.filter((one) => one.status === status).length, status] as const
    );
    return {
      result: { variables: shown },
      text: withTotal(
        formatTable(["NAME", "STATUS", "WHY"], rows, run.terminal.screen),
        formatCounts(shown.length, "variable", counts),
        run.terminal.screen,
      ),
      exitCode: 0,
    };
  }

  return new Command("env")
    .summary("explain which variables would be withheld from plugins")
    .description(
      "Explains which variables of this environment would be withheld from plugins, and why. " +
        "Prints names, never values.",
    )
    .argument("[name...]", "only these variables, withheld or not")
    .option("--all", "include variables that are not withheld")
    .option("--allow <name>", "a name to keep anyway; repeatable", collect)
    .option(
      "--deny <pattern>",
      "another pattern to withhold; repeatable",
      collect,
    )
    .addOption(
      new Option("--matching <mode>", "how patterns match names")
        .choices(["substring", "word"]).default("substring"),
    )
    .option("--json", "print the result as JSON")
    .action((names: readonly string[], flags: EnvFlags) =>
      run.run("env", flags.json, () => env(names, flags))
    );
}
