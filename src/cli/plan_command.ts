/**
 * `plan`: what a host would load, skip and refuse, in order, and why.
 *
 * @module
 */

import { Command, Option } from "commander";
import type { HostCore } from "../host/core.ts";
import { resolveDeclarations } from "../host/declared_permissions.ts";
import {
  type Facts,
  gatherFacts,
  switchedOffBy,
} from "../host/gather_facts.ts";
import { denoArguments } from "./deno_command/deno_arguments.ts";
import type { DenoCommand } from "./deno_command/parse_deno_command.ts";
import { makePlan } from "../plan/make_plan.ts";
import type { Decision } from "../plan/plan.ts";
import { readSwitches, type Switches } from "../state/switches.ts";
import { escapeControls } from "../base/text.ts";
import type { CommandRun } from "./command_run.ts";
import { formatProblems } from "./format.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { inspectHost } from "./inspect_host.ts";
import { missingInCommand } from "./missing_in_command.ts";
import { noteSwitches } from "./note_switches.ts";
import type { Outcome } from "./command_run.ts";
import type { Paint } from "./terminal.ts";
import { readDenoCommand } from "./read_deno_command.ts";

/** What is taken as granted. */
type Granted = "declared" | "process";

/** The options of the command, as they were written. */
interface PlanFlags extends HostFlags {
  readonly json?: true;
  readonly granted: Granted;
}

/** The facts as they would be under other permissions than those of this process. */
function withPermissions(
  core: HostCore,
  facts: Facts,
  command: DenoCommand | undefined,
): Facts {
  const readable = facts.plugins.map(({ found }) => found)
    .filter((found) => found.ok);
  const { declared } = resolveDeclarations(core.settings, readable);
  const switches = command === undefined
    ? facts.switches
    : switchesUnder(core, facts, command);
  return {
    ...facts,
    switches,
    isSwitchedOff: switchedOffBy(switches),
    plugins: facts.plugins.map((own) => {
      const needed = own.found.ok
        ? declared.get(own.found)?.required
        : undefined;
      return {
        ...own,
        missing: command === undefined || needed === undefined
          ? []
          : missingInCommand(needed, command),
      };
    }),
  };
}

/** Whether a command line keeps its process from reading a variable. */
function hides(command: DenoCommand, name: string): boolean {
  return missingInCommand({ env: [name] }, command).length > 0;
}

/** The switches as a process that was started with a command line reads them. */
function switchesUnder(
  { settings: { powers } }: HostCore,
  { switches }: Facts,
  command: DenoCommand,
): Switches | undefined {
  return switches && readSwitches(
    (name) =>
      hides(command, name) ? { kind: "unreadable" } : powers.readSwitch(name),
    switches.byType.keys(),
  );
}

/** Notes what keeps the switches from being known. */
function noteUnclear(
  run: CommandRun,
  { switches }: Facts,
  command: DenoCommand | undefined,
): void {
  // Without an external plugin there is nothing to switch.
  if (switches === undefined || switches.byType.size === 0) return;
  noteSwitches(
    run,
    switches,
    (name) => command !== undefined && hides(command, name),
  );
  const { denoCommand } = run;
  const hasFile = denoCommand !== undefined &&
    denoArguments(denoCommand).flags.has("env-file");
  if (hasFile) {
    run.note("The switches that the files of --env-file set are not looked at");
  }
}

function notePermissions(run: CommandRun, facts: Facts): void {
  const isAsked = facts.plugins.some(({ found }) =>
    found.ok && Object.keys(found.manifest.permissions).length > 0
  );
  if (!isAsked) return;
  run.note(
    "What plugins declare is taken as granted; to judge a command line, add " +
      "it: -- deno run ... main.ts",
  );
}

const SKIP_REASONS = {
  disabled: "it is disabled in the stored state",
  switch: "a switch of the environment keeps external plugins out",
} as const;

function colorOf(kind: Decision["kind"], paint: Paint): string {
  const word = kind.padEnd("refuse".length);
  if (kind === "load") return paint.green(word);
  return kind === "refuse" ? paint.red(word) : paint.yellow(word);
}

function linesOf(decision: Decision, paint: Paint): readonly string[] {
  const { kind, id, type, version, source } = decision;
  const subject = id === undefined
    ? source
    : [id, type, version].filter((part) => part !== undefined).join(" ");
  // What is wrong is looked for where it was found.
  const place = kind === "refuse" && id !== undefined ? ` of ${source}` : "";
  const reason = kind === "skip" ? `: ${SKIP_REASONS[decision.reason]}` : "";
  return [
    `${colorOf(kind, paint)}  ${escapeControls(subject + place + reason)}`,
    ...kind === "refuse" ? formatProblems(decision.problems, paint) : [],
  ];
}

/**
 * Makes the command.
 *
 * @param run The run of the command line.
 * @returns The command.
 */
export function planCommand(run: CommandRun): Command {
  async function plan(
    sources: readonly string[],
    flags: PlanFlags,
  ): Promise<Outcome> {
    const command = run.denoCommand && readDenoCommand(run.denoCommand);
    const { core } = await inspectHost(run, sources, flags);
    const gathered = await gatherFacts(core);
    const isOwn = command === undefined && flags.granted === "process";
    const facts = isOwn ? gathered : withPermissions(core, gathered, command);
    const decisions = makePlan(facts).steps.map(({ decision }) => decision);
    noteUnclear(run, facts, command);
    if (command === undefined && !isOwn) notePermissions(run, facts);
    command?.unknown.forEach((what) =>
      run.note(`The command line does not tell: ${what}`)
    );
    const isUnknown = command !== undefined && command.unknown.length > 0;
    const { paint } = run.terminal;
    return {
      result: {
        hostVersion: facts.hostVersion,
        hostVersionFrom: flags.hostVersion === undefined
          ? "manifests"
          : "option",
        granted: command === undefined ? flags.granted : "command",
        unknown: command?.unknown ?? [],
        decisions,
        switches: facts.switches === undefined
          ? []
          : [facts.switches.every, ...facts.switches.byType.values()]
            .map(({ name, kind }) => ({ name, kind })),
      },
      text: decisions.flatMap((decision) => linesOf(decision, paint))
        .map((line) => `${line}\n`).join(""),
      exitCode: isUnknown || decisions.some(({ kind }) => kind === "refuse")
        ? 1
        : 0,
    };
  }

  const command = new Command("plan")
    .summary("what a host would load, skip and refuse, in order, and why")
    .description(
      "Says what a host would load, skip and refuse, in order, and why. No plugin code runs.\n\n" +
        "What plugins declare is taken as granted. To hold it against a real command line, " +
        "add it: plan ./plugins -- deno run --allow-net main.ts",
    )
    .usage("[options] <source...> [-- deno run ... main.ts]")
    .argument("<source...>", "directories, plugin.json files, URLs, packages");
  return addHostOptions(command)
    .addOption(
      new Option(
        "--granted <what>",
        "what counts as granted: what plugins declare, or what this process has",
      ).choices(["declared", "process"]).default("declared"),
    )
    .option("--json", "print the result for machines")
    .action((sources: readonly string[], flags: PlanFlags) =>
      run.run("plan", flags.json, () => plan(sources, flags))
    );
}
