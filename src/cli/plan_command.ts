/**
 * `plan`: what a host would load, skip and refuse, in order, and why.
 *
 * @module
 */

import { Command, Option } from "commander";
import { denoHostSystem } from "../inspect/host_system.ts";
import type { Inspection } from "../inspect/inspector.ts";
import type { PluginSnapshot, Snapshot } from "../inspect/snapshot.ts";
import { denoArguments } from "./deno_command/deno_arguments.ts";
import type { DenoCommand } from "./deno_command/parse_deno_command.ts";
import { makePlan } from "../plan/make_plan.ts";
import type { Decision } from "../plan/plan.ts";
import {
  readSwitches,
  switchedOffBy,
  type Switches,
} from "../state/switches.ts";
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

/** The plugins of a snapshot under other permissions than those of this process. */
function withPermissions(
  { snapshot, remedyFor }: Inspection,
  command: DenoCommand | undefined,
): readonly PluginSnapshot[] {
  return snapshot.plugins.map((own) => {
    const missing = command === undefined
      ? []
      : missingInCommand(own.hostRequired, command);
    const remedy = missing.length === 0 ? "" : remedyFor(missing);
    return { ...own, missing, remedy };
  });
}

/** Whether a command line keeps its process from reading a variable. */
function hides(command: DenoCommand, name: string): boolean {
  return missingInCommand({ env: [name] }, command).length > 0;
}

/** The switches as a process that was started with a command line reads them. */
function switchesUnder(
  switches: Switches | undefined,
  command: DenoCommand | undefined,
): Switches | undefined {
  if (command === undefined) return switches;
  return switches && readSwitches(
    (name) =>
      hides(command, name)
        ? { kind: "unreadable" }
        : denoHostSystem.readSwitch(name),
    switches.byType.keys(),
  );
}

/** Notes what keeps the switches from being known. */
function noteUnclear(
  run: CommandRun,
  switches: Switches | undefined,
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

function notePermissions(run: CommandRun, { plugins }: Snapshot): void {
  const isAsked = plugins.some(({ found }) =>
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
    const { inspection } = await inspectHost(run, sources, flags);
    const { snapshot } = inspection;
    const isOwn = command === undefined && flags.granted === "process";
    const switches = isOwn
      ? inspection.switches
      : switchesUnder(inspection.switches, command);
    const decisions = makePlan({
      ...snapshot,
      switchedOff: switchedOffBy(switches),
      plugins: isOwn ? snapshot.plugins : withPermissions(inspection, command),
    }).steps.map(({ decision }) => decision);
    noteUnclear(run, switches, command);
    if (command === undefined && !isOwn) notePermissions(run, snapshot);
    command?.unknown.forEach((what) =>
      run.note(`The command line does not tell: ${what}`)
    );
    const isUnknown = command !== undefined && command.unknown.length > 0;
    const { paint } = run.terminal;
    return {
      result: {
        hostVersion: snapshot.hostVersion,
        hostVersionFrom: flags.hostVersion === undefined
          ? "manifests"
          : "option",
        granted: command === undefined ? flags.granted : "command",
        unknown: command?.unknown ?? [],
        decisions,
        switches: switches === undefined
          ? []
          : [switches.every, ...switches.byType.values()]
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
