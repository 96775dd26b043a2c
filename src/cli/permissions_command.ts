import { Command, Option } from "commander";
import { escapeControls } from "../base/text.ts";
import { denoHostSystem } from "../inspect/inspection.ts";
import {
  type PermissionReport,
  reportPermissions,
} from "../inspect/permission_report.ts";
import {
  denoPermissionSet,
  keepImportHosts,
} from "../permissions/permission_flags.ts";
import { jsrHost } from "../permissions/permission_states.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { union } from "../permissions/set_algebra.ts";
import type { FoundPlugin } from "../manifest/manifest.ts";
import { type Decision, makePlan, type PlanStep } from "../plan/plan.ts";
import { checkCommandLine, formatCheck } from "./check_command_line.ts";
import { type CommandRun, type Outcome, toJsonLines } from "./command_run.ts";
import type { DenoCommand } from "./deno_command/parse_deno_command.ts";
import { readDenoCommand } from "./deno_command/read_deno_command.ts";
import { UsageError } from "./failure.ts";
import {
  type Finding,
  hazardFindings,
  refusalFindings,
} from "./findings/finding.ts";
import { FINDING_FORMATS, findingText } from "./findings/finding_formats.ts";
import { formatProblems } from "./format.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { inspectHost } from "./inspect_host.ts";
import { formatReport } from "./permission_overview.ts";
import {
  findDefaultImportHosts,
  readForeignImports,
} from "./validate/module_graph.ts";

const FORMATS = [
  "table",
  "flags",
  "deno-json",
  "json",
  ...FINDING_FORMATS,
] as const;

/** The name of the permission set for `deno.json`. */
const SET_NAME = "plugins";

interface PermissionsFlags extends HostFlags {
  readonly json?: true;
  readonly check?: true;
  readonly optional?: true;
  readonly ignoreEnv?: true;
  readonly format: (typeof FORMATS)[number];
}

interface Findings {
  readonly report: PermissionReport;
  /** The plugins that are refused whatever is granted. */
  readonly refused: readonly (Decision & { readonly kind: "refuse" })[];
  readonly optional: PermissionSet;
  /** The plugin types that a switch may turn off. */
  readonly types: readonly string[];
  readonly found: readonly FoundPlugin[];
  readonly steps: readonly PlanStep[];
  /** The imports that each plugin brings, for the formats that show them. */
  readonly imports: Awaited<ReturnType<typeof readForeignImports>>;
}

async function inspect(
  run: CommandRun,
  sources: readonly string[],
  flags: PermissionsFlags,
): Promise<Findings> {
  const host = await inspectHost(run, sources, flags);
  const { declared } = host.report;
  const hosts = await findDefaultImportHosts(run, host.plugins, declared);
  const snapshot = hosts.length === 0 ? host.inspection.snapshot : {
    ...host.inspection.snapshot,
    application: union(host.inspection.snapshot.application, {
      import: hosts,
    }),
  };
  const { steps } = makePlan({ ...snapshot, permissionMode: "report" });
  const { ignoreEnv } = flags;
  const report = reportPermissions(
    snapshot,
    { ignoreEnv },
    denoHostSystem.query,
  );
  const { found } = host.inspection;
  return {
    report,
    refused: steps.map(({ decision }) => decision)
      .filter((decision) => decision.kind === "refuse"),
    found,
    steps,
    optional: union(...report.plugins.map(({ optional }) => optional)),
    types: Object.keys(snapshot.switches?.byType ?? {}),
    imports: flags.json === true || ["json", "table"].includes(flags.format)
      ? await readForeignImports(host.plugins, run.signal)
      : undefined,
  };
}

function readCommand(
  { denoCommand }: CommandRun,
  { check }: PermissionsFlags,
): DenoCommand | undefined {
  if (check === true && denoCommand === undefined) {
    throw new UsageError(
      "--check needs a command line to compare with",
      "Append it, e.g. permissions ./plugins --check -- deno run --allow-net main.ts",
    );
  }
  if (check !== true && denoCommand !== undefined) {
    throw new UsageError(
      "A command line needs the option --check",
      "Add --check before the --",
    );
  }
  return denoCommand && readDenoCommand(denoCommand);
}

/** Prints the problems that make the report incomplete. */
function printProblems(run: CommandRun, { report, refused }: Findings): void {
  const screen = run.terminal.errorScreen;
  for (const { id, source, problems } of refused) {
    const subject = id === undefined ? source : `${id} of ${source}`;
    run.terminal.printError(
      `${screen.paint.red("refuse")}  ${escapeControls(subject)}`,
      ...formatProblems(problems, screen),
    );
  }
  if (report.flagProblems.length === 0) return;
  run.terminal.printError(...formatProblems(report.flagProblems, screen));
  run.note("--format=deno-json can express what flags cannot");
}

function denoJson(wanted: PermissionSet, { ignoreEnv }: PermissionsFlags) {
  return {
    permissions: { [SET_NAME]: denoPermissionSet(wanted, { ignoreEnv }) },
  };
}

/** Lists the hazards, and the problems that make the report incomplete. */
function findingsOf(
  { found, steps, report }: Findings,
): readonly Finding[] {
  const places = new Map(
    steps.map(({ index, plugin }) => [plugin?.manifest.id, found[index]]),
  );
  return [
    ...refusalFindings(found, steps),
    ...report.flagProblems.map(({ code, message, remedy }): Finding => ({
      severity: "error",
      rule: code,
      meaning: "No flag of Deno can express the permission",
      message,
      remedy,
    })),
    ...[...Map.groupBy(report.hazards, ({ id }) => id)].flatMap(
      ([id, hazards]) =>
        hazardFindings(
          id === undefined ? undefined : places.get(id),
          hazards.map(({ hazard }) => hazard),
        ),
    ),
  ];
}

function formatFindings(
  run: CommandRun,
  findings: Findings,
  flags: PermissionsFlags,
): string {
  const { report, optional } = findings;
  switch (flags.format) {
    case "flags": {
      const line = flags.optional ? report.optionalFlagLine : report.flagLine;
      return line === "" ? "" : `${line}\n`;
    }
    case "deno-json": {
      run.note(
        `Add this to deno.json, and run with -P=${SET_NAME} --no-prompt`,
      );
      const { declared } = report;
      const wanted = flags.optional
        ? keepImportHosts(union(declared, optional), [jsrHost()])
        : declared;
      return toJsonLines(denoJson(wanted, flags));
    }
    case "csv":
    case "sarif":
      return findingText(flags.format, () => findingsOf(findings)) ?? "";
    case "table":
    case "json":
      return formatReport(report, findings.imports, run.terminal.screen);
  }
}

function resultOf(
  { report, refused, imports }: Findings,
  options: PermissionsFlags,
): Readonly<Record<string, unknown>> {
  const { declared, flags, flagLine, optionalFlagLine, flagProblems } = report;
  return {
    declared,
    plugins: report.plugins.map((
      { id, required, optional },
    ) => ({ id, required, optional })),
    hazards: report.hazards.map(({ id, hazard }) => ({ id, ...hazard })),
    flags,
    flagLine,
    optionalFlagLine,
    flagProblems,
    denoJson: denoJson(declared, options),
    imports,
    refused,
  };
}

export function permissionsCommand(run: CommandRun): Command {
  async function permissions(
    sources: readonly string[],
    flags: PermissionsFlags,
  ): Promise<Outcome> {
    const command = readCommand(run, flags);
    const findings = await inspect(run, sources, flags);
    const { report, refused, types } = findings;
    printProblems(run, findings);
    const isWhole = refused.length === 0 && report.flagProblems.length === 0;
    const result = resultOf(findings, flags);
    if (command === undefined) {
      const text = formatFindings(run, findings, flags);
      return { result, text, exitCode: isWhole ? 0 : 1 };
    }
    // Nobody declares the hosts that Deno imports from without a flag.
    const optional = union(findings.optional, {
      import: [...DEFAULT_IMPORT_HOSTS, jsrHost()],
    });
    const check = checkCommandLine(
      command,
      report.declared,
      optional,
      types,
      flags.ignoreEnv,
    );
    const isMatch = check.missing.length + check.surplus.length === 0 &&
      check.unknown.length === 0 && !check.lacksIgnoreEnv;
    return {
      result: { ...result, check },
      text: formatCheck(check, report, run.terminal.screen),
      exitCode: isWhole && isMatch ? 0 : 1,
    };
  }

  const command = new Command("permissions")
    .summary("print the permissions that plugins need, and the flags for them")
    .description(
      "Prints the permissions that plugins need, their hazards, and the smallest set of flags. " +
        "Includes the permissions to read the plugins. Runs no plugin code.",
    )
    .usage("[options] <source...> [--check -- deno run ... main.ts]")
    .argument(
      "<source...>",
      "directories, plugin.json files, jsr: and npm: packages",
    );
  command
    .addOption(
      new Option("--format <format>", "the output format")
        .choices(FORMATS).default("table"),
    )
    .option("--optional", "include optional permissions in flags and deno-json")
    .option(
      "--ignore-env",
      "make undeclared variables read as unset instead of throwing",
    )
    .option("--check", "compare with the command line after --")
    .option("--json", "print the result as JSON, like --format=json");
  return addHostOptions(command)
    .action((sources: readonly string[], flags: PermissionsFlags) =>
      run.run(
        "permissions",
        flags.json === true || flags.format === "json",
        () => permissions(sources, flags),
      )
    );
}
