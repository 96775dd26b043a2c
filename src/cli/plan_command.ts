import { Command, Option } from "commander";
import { escapeControls } from "../base/text.ts";
import { denoHostSystem } from "../inspect/inspection.ts";
import type { Inspection } from "../inspect/inspector.ts";
import type { PluginSnapshot, Snapshot } from "../inspect/snapshot.ts";
import { formatFlags } from "../permissions/permission_flags.ts";
import { formatMermaid } from "../plan/format_mermaid.ts";
import { type Decision, makePlan } from "../plan/plan.ts";
import {
  readSwitches,
  type Switch,
  switchedOffBy,
  type Switches,
  SWITCHES_FLAG,
  switchWarnings,
} from "../state/switches.ts";
import { missingInCommand } from "./check_command_line.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { denoArguments } from "./deno_command/deno_arguments.ts";
import type { DenoCommand } from "./deno_command/parse_deno_command.ts";
import { readDenoCommand } from "./deno_command/read_deno_command.ts";
import { refusalFindings } from "./findings/finding.ts";
import { FINDING_FORMATS, findingText } from "./findings/finding_formats.ts";
import { formatProblems, joinLines } from "./format.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { inspectHost } from "./inspect_host.ts";
import { readForeignImports } from "./validate/module_graph.ts";
import type { Screen } from "../base/terminal_text.ts";

const FORMATS = ["text", "json", "mermaid", ...FINDING_FORMATS] as const;

interface PlanFlags extends HostFlags {
  readonly json?: true;
  readonly format: (typeof FORMATS)[number];
  readonly granted: "declared" | "process";
}

const SKIP_REASONS = {
  disabled: "it is disabled in the stored state",
  switch: "a switch turns external plugins off",
} as const;

/** Returns the plugins as a host would see them under a command line, or with everything granted. */
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

/** Tests if a command line hides a variable from its process. */
function hides(command: DenoCommand | undefined, name: string): boolean {
  return command !== undefined &&
    missingInCommand({ env: [name] }, command).length > 0;
}

/** Reads the switches as a process with a command line would. */
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

/** Notes unclear switches; all unreadable ones share a note, as there may be many. */
function noteSwitches(
  run: CommandRun,
  switches: Switches | undefined,
  command: DenoCommand | undefined,
): void {
  // Without external plugins, switches have no effect.
  if (switches === undefined || switches.byType.size === 0) return;
  const warnings = switchWarnings(switches);
  for (const { kind, warning } of warnings) {
    if (kind !== "unreadable" && warning !== undefined) run.note(warning);
  }
  const noteUnread = (unread: readonly Switch[], why: string, unless = "") => {
    if (unread.length === 0) return;
    const names = unread.map(({ name }) => name).join(", ");
    const flag = formatFlags([SWITCHES_FLAG]);
    run.note(`${why}: ${names}; ${flag} allows it${unless}`);
  };
  const unread = warnings.filter(({ kind }) => kind === "unreadable");
  noteUnread(
    unread.filter(({ name }) => hides(command, name)),
    "Switches count as unset and turn no plugins off, because the command " +
      "line does not let the host read them",
    ", unless another flag denies or ignores it by name",
  );
  noteUnread(
    unread.filter(({ name }) => !hides(command, name)),
    "Switches count as unset, because this process may not read them",
  );
  const { denoCommand } = run;
  if (denoCommand && denoArguments(denoCommand).flags.has("env-file")) {
    run.note("Switches in the files of --env-file are ignored");
  }
}

function noteGrants(run: CommandRun, { plugins }: Snapshot): void {
  const isNeeded = plugins.some(({ found }) =>
    found.ok && Object.keys(found.manifest.permissions).length > 0
  );
  if (!isNeeded) return;
  run.note(
    "Declared permissions are assumed to be granted; to check a command " +
      "line, append it: -- deno run ... main.ts",
  );
}

function colored(kind: Decision["kind"], { paint }: Screen): string {
  const word = kind.padEnd("refuse".length);
  if (kind === "load") return paint.green(word);
  return kind === "refuse" ? paint.red(word) : paint.yellow(word);
}

function formatDecision(decision: Decision, screen: Screen): readonly string[] {
  const { kind, id, type, version, source } = decision;
  const subject = id === undefined
    ? source
    : [id, type, version].filter((part) => part !== undefined).join(" ");
  const place = kind === "refuse" && id !== undefined ? ` of ${source}` : "";
  const runner = kind === "load" && decision.runner === "subprocess"
    ? " in its own process"
    : "";
  const reason = kind === "skip" ? `: ${SKIP_REASONS[decision.reason]}` : "";
  return [
    `${colored(kind, screen)}  ${
      escapeControls(subject + place + runner + reason)
    }`,
    ...kind === "refuse" ? formatProblems(decision.problems, screen) : [],
  ];
}

function isJson({ json, format }: PlanFlags): boolean {
  return json === true || format === "json";
}

export function planCommand(run: CommandRun): Command {
  async function plan(
    sources: readonly string[],
    flags: PlanFlags,
  ): Promise<Outcome> {
    const command = run.denoCommand && readDenoCommand(run.denoCommand);
    const { inspection } = await inspectHost(run, sources, flags);
    const { snapshot } = inspection;
    const isOwn = command === undefined && flags.granted === "process";
    const switches = switchesUnder(inspection.switches, command);
    const { steps } = makePlan({
      ...snapshot,
      switchedOff: switchedOffBy(switches),
      plugins: isOwn ? snapshot.plugins : withPermissions(inspection, command),
    });
    const decisions = steps.map(({ decision }) => decision);
    noteSwitches(run, switches, command);
    if (command === undefined && !isOwn) noteGrants(run, snapshot);
    const unknown = command?.unknown ?? [];
    for (const what of unknown) {
      run.note(`Unknown from the command line alone: ${what}`);
    }
    const isRefused = decisions.some(({ kind }) => kind === "refuse");
    return {
      result: {
        hostVersion: snapshot.hostVersion,
        hostVersionFrom: flags.hostVersion === undefined
          ? "manifests"
          : "option",
        granted: command === undefined ? flags.granted : "command",
        unknown,
        decisions,
        imports: isJson(flags)
          ? await readForeignImports(inspection.found, run.signal)
          : undefined,
        switches: switches === undefined
          ? []
          : [switches.every, ...switches.byType.values()]
            .map(({ name, kind }) => ({ name, kind })),
      },
      text: flags.format === "mermaid"
        ? formatMermaid(steps)
        : findingText(flags.format, () =>
          refusalFindings(inspection.found, steps)) ??
          joinLines(
            decisions.flatMap((one) =>
              formatDecision(one, run.terminal.screen)
            ),
          ),
      exitCode: isRefused || unknown.length > 0 ? 1 : 0,
    };
  }

  const command = new Command("plan")
    .summary("print what a host would load, skip and refuse, and why")
    .description(
      "Prints what a host would load, skip and refuse, in order, and why. Runs no plugin code.\n\n" +
        "Declared permissions are assumed to be granted. To check a real command line, " +
        "append it: plan ./plugins -- deno run --allow-net main.ts",
    )
    .usage("[options] <source...> [-- deno run ... main.ts]")
    .argument(
      "<source...>",
      "directories, plugin.json files, jsr: and npm: packages",
    );
  return addHostOptions(command)
    .addOption(
      new Option(
        "--granted <what>",
        "grants to assume: those declared, or those of this process",
      ).choices(["declared", "process"]).default("declared"),
    )
    .addOption(
      new Option("--format <format>", "the output format")
        .choices(FORMATS).default("text"),
    )
    .option("--json", "print the result as JSON, like --format=json")
    .action((sources: readonly string[], flags: PlanFlags) =>
      run.run("plan", isJson(flags), () => plan(sources, flags))
    );
}
