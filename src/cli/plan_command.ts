import { Command, Option } from "commander";
import { denoHostSystem } from "../inspect/inspection.ts";
import type { Inspection } from "../inspect/inspector.ts";
import type { PluginSnapshot, Snapshot } from "../inspect/snapshot.ts";
import type { FoundPlugin } from "../manifest/manifest.ts";
import { formatFlags } from "../permissions/permission_flags.ts";
import { formatMermaid } from "../plan/format_mermaid.ts";
import { type Decision, makePlan, type PlanStep } from "../plan/plan.ts";
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
import {
  type Cell,
  formatCounts,
  formatProblems,
  formatTable,
  withTotal,
} from "./format.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { inspectHost } from "./inspect_host.ts";
import {
  formatAside,
  formatDescription,
  formatImports,
  formatSource,
  repeatedIds,
} from "./plugin_overview.ts";
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

const KINDS = ["refuse", "ask", "skip", "load"] as const;

function paintKind({ kind }: Decision, { paint }: Screen): Cell {
  if (kind === "load") return { text: kind, paint: paint.green };
  return {
    text: kind,
    paint: kind === "refuse" ? paint.red : paint.yellow,
  };
}

/** Formats the lines below a plugin: why it is not loaded, or what it is. */
function formatReasons(
  decision: Decision,
  found: FoundPlugin | undefined,
  isRepeated: boolean,
  screen: Screen,
): readonly string[] {
  const { kind, id, source } = decision;
  const from = isRepeated || kind === "refuse" && id !== undefined
    ? formatSource(source, screen)
    : [];
  switch (kind) {
    case "refuse":
      return [...formatProblems(decision.problems, screen), ...from];
    case "skip":
      return [...formatAside(SKIP_REASONS[decision.reason], screen), ...from];
    case "ask":
    case "load":
      return [
        ...found?.ok ? formatDescription(found.manifest, screen) : [],
        ...from,
      ];
  }
}

function formatPlan(
  steps: readonly PlanStep[],
  plugins: readonly FoundPlugin[],
  imports: Awaited<ReturnType<typeof readForeignImports>>,
  screen: Screen,
): string {
  const repeated = repeatedIds(steps.map(({ decision }) => decision.id));
  const counts = new Map(KINDS.map((kind) => [kind, 0]));
  const rows = steps.map((step) => {
    const { decision } = step;
    const found = plugins[step.index];
    const { id, type = "", version = "", source } = decision;
    counts.set(decision.kind, (counts.get(decision.kind) ?? 0) + 1);
    const runner = decision.kind === "load" && decision.runner === "subprocess"
      ? ["in its own process"]
      : [];
    return {
      kind: decision.kind,
      cells: [
        paintKind(decision, screen),
        ...id === undefined ? [source] : [id, type, version, ...runner],
      ],
      below: [
        ...formatReasons(
          decision,
          found,
          id !== undefined && repeated.has(id),
          screen,
        ),
        ...formatImports(id === undefined ? [] : imports?.[id], screen),
      ],
    };
  });
  const worstFirst = rows.toSorted((one, other) =>
    KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind)
  );
  const of = (kind: Decision["kind"]) => counts.get(kind) ?? 0;
  return withTotal(
    formatTable([], worstFirst, screen),
    formatCounts(steps.length, "plugin", [
      [of("refuse"), "refused"],
      [of("ask"), "to ask about"],
      [of("skip"), "skipped"],
      [of("load"), "to load, in this order"],
    ]),
    screen,
  );
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
    const imports = isJson(flags) || flags.format === "text"
      ? await readForeignImports(inspection.found, run.signal)
      : undefined;
    return {
      result: {
        hostVersion: snapshot.hostVersion,
        hostVersionFrom: flags.hostVersion === undefined
          ? "manifests"
          : "option",
        granted: command === undefined ? flags.granted : "command",
        unknown,
        decisions,
        imports,
        switches: switches === undefined
          ? []
          : [switches.every, ...switches.byType.values()]
            .map(({ name, kind }) => ({ name, kind })),
      },
      text: flags.format === "mermaid"
        ? formatMermaid(steps)
        : findingText(flags.format, () =>
          refusalFindings(inspection.found, steps)) ??
          formatPlan(steps, inspection.found, imports, run.terminal.screen),
      exitCode: isRefused || unknown.length > 0 ? 1 : 0,
    };
  }

  const command = new Command("plan")
    .summary("print what a host would load, skip and refuse, and why")
    .description(
      "Prints what a host would refuse, skip and load, in order, and why. Runs no plugin code.\n\n" +
        "Declared permissions are assumed to be granted. To check a real command line, " +
        "append it: plan ./plugins -- deno run --allow-net main.ts",
    )
    .usage("[options] <source...> [-- deno run ... main.ts]")
    .argument(
      "<source...>",
      "directories, plugin.json files, jsr: and npm: packages",
    );
  command
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
    .option("--json", "print the result as JSON, like --format=json");
  return addHostOptions(command)
    .action((sources: readonly string[], flags: PlanFlags) =>
      run.run("plan", isJson(flags), () => plan(sources, flags))
    );
}
