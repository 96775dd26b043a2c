/**
 * `permissions`: what plugins need of Deno, as a table, as flags or as a
 * permission set, and whether a command line grants just that.
 *
 * @module
 */

import { Command, Option } from "commander";
import { denoHostSystem } from "../inspect/host_system.ts";
import {
  type PermissionReport,
  reportPermissions,
} from "../inspect/permission_report.ts";
import type { ReportSnapshot } from "../inspect/snapshot.ts";
import {
  type DenoPermissionSet,
  denoPermissionSet,
} from "../permissions/permission_flags.ts";
import type { DenoCommand } from "./deno_command/parse_deno_command.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { union } from "../permissions/set_algebra.ts";
import { makePlan } from "../plan/make_plan.ts";
import type { Decision } from "../plan/plan.ts";
import { escapeControls } from "../base/text.ts";
import { checkCommandLine } from "./check_command_line.ts";
import { type CommandRun, toJsonLines } from "./command_run.ts";
import { formatCheck } from "./format_check.ts";
import { formatPermissionReport } from "./format_permission_report.ts";
import { formatProblems } from "./format.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { type InspectedHost, inspectHost } from "./inspect_host.ts";
import { findDefaultImportHosts } from "./validate/module_graph.ts";
import type { Outcome } from "./command_run.ts";
import { readDenoCommand } from "./read_deno_command.ts";
import { UsageError } from "./failure.ts";

const FORMATS = ["table", "flags", "deno-json", "json"] as const;

/** The name of the permission set that is printed for `deno.json`. */
const SET_NAME = "plugins";

/** The options of the command, as they were written. */
interface PermissionsFlags extends HostFlags {
  readonly json?: true;
  readonly check?: true;
  readonly optional?: true;
  readonly ignoreEnv?: true;
  readonly format: (typeof FORMATS)[number];
}

/** What plugins need, and which of them cannot be loaded whatever is granted. */
interface Findings {
  readonly report: PermissionReport;
  readonly refused: readonly (Decision & { readonly kind: "refuse" })[];
  /** What is wanted where it is granted. */
  readonly optional: PermissionSet;
  /** The types of the plugins that a switch may keep out. */
  readonly types: readonly string[];
}

/** The same snapshot, which keeps open the hosts that its plugins import from. */
async function withImportedHosts(
  run: CommandRun,
  { inspection: { snapshot }, report, plugins }: InspectedHost,
): Promise<ReportSnapshot> {
  const hosts = await findDefaultImportHosts(run, plugins, report.declared);
  return hosts.length === 0 ? snapshot : {
    ...snapshot,
    application: union(snapshot.application, { import: hosts }),
  };
}

async function inspect(
  run: CommandRun,
  sources: readonly string[],
  flags: PermissionsFlags,
): Promise<Findings> {
  const host = await inspectHost(run, sources, flags);
  const snapshot = await withImportedHosts(run, host);
  const { steps } = makePlan({ ...snapshot, permissionMode: "report" });
  const decisions = steps.map(({ decision }) => decision);
  const { ignoreEnv } = flags;
  const report = reportPermissions(
    snapshot,
    { ignoreEnv },
    denoHostSystem.query,
  );
  return {
    report,
    refused: decisions.filter((decision) => decision.kind === "refuse"),
    optional: union(...report.plugins.map(({ optional }) => optional)),
    types: Object.keys(snapshot.switches?.byType ?? {}),
  };
}

function readCommand(
  run: CommandRun,
  flags: PermissionsFlags,
): DenoCommand | undefined {
  const { denoCommand } = run;
  if (flags.check === true && denoCommand === undefined) {
    throw new UsageError(
      "--check needs a command line to hold the permissions against",
      "Add it, e.g. permissions ./plugins --check -- deno run --allow-net main.ts",
    );
  }
  if (flags.check !== true && denoCommand !== undefined) {
    throw new UsageError(
      "A command line follows, and nothing says what to do with it",
      "Add --check before the --",
    );
  }
  return denoCommand && readDenoCommand(denoCommand);
}

/** Says on standard error what keeps the answer from being whole. */
function sayProblems(run: CommandRun, { report, refused }: Findings): void {
  const paint = run.terminal.errorPaint;
  for (const { id, source, problems } of refused) {
    const subject = id === undefined ? source : `${id} of ${source}`;
    run.terminal.printError(
      `${paint.red("refuse")}  ${escapeControls(subject)}`,
      ...formatProblems(problems, paint),
    );
  }
  if (report.flagProblems.length > 0) {
    run.terminal.printError(...formatProblems(report.flagProblems, paint));
    run.note("--format=deno-json says what no flag can say");
  }
}

function textOf(
  run: CommandRun,
  { report, optional }: Findings,
  flags: PermissionsFlags,
): string {
  switch (flags.format) {
    case "flags": {
      const line = flags.optional ? report.optionalFlagLine : report.flagLine;
      return line === "" ? "" : `${line}\n`;
    }
    case "deno-json": {
      const wanted = flags.optional
        ? union(report.declared, optional)
        : report.declared;
      const set = denoJsonOf(wanted, flags);
      run.note(
        `Put this into deno.json, and run with -P=${SET_NAME} --no-prompt`,
      );
      return toJsonLines({ permissions: set });
    }
    case "table":
    case "json":
      return formatPermissionReport(report, run.terminal.paint);
  }
}

function denoJsonOf(
  wanted: PermissionSet,
  { ignoreEnv }: PermissionsFlags,
): Readonly<Record<string, DenoPermissionSet>> {
  return { [SET_NAME]: denoPermissionSet(wanted, { ignoreEnv }) };
}

function resultOf(
  { report, refused }: Findings,
  options: PermissionsFlags,
): Record<string, unknown> {
  const { declared, plugins, hazards, flags, flagLine } = report;
  return {
    declared,
    plugins: plugins.map(({ id, required, optional }) => ({
      id,
      required,
      optional,
    })),
    hazards: hazards.map(({ id, hazard }) => ({ id, ...hazard })),
    flags,
    flagLine,
    optionalFlagLine: report.optionalFlagLine,
    flagProblems: report.flagProblems,
    denoJson: { permissions: denoJsonOf(declared, options) },
    refused,
  };
}

/**
 * Makes the command.
 *
 * @param run The run of the command line.
 * @returns The command.
 */
export function permissionsCommand(run: CommandRun): Command {
  async function permissions(
    sources: readonly string[],
    flags: PermissionsFlags,
  ): Promise<Outcome> {
    const command = readCommand(run, flags);
    const findings = await inspect(run, sources, flags);
    const { report, refused, optional, types } = findings;
    sayProblems(run, findings);
    const isWhole = refused.length === 0 && report.flagProblems.length === 0;
    const result = resultOf(findings, flags);
    if (command === undefined) {
      const text = textOf(run, findings, flags);
      return { result, text, exitCode: isWhole ? 0 : 1 };
    }
    // Deno imports from some hosts by itself: nobody has to ask for it.
    const besides = union(optional, { import: DEFAULT_IMPORT_HOSTS });
    const check = checkCommandLine(command, report.declared, besides, {
      ...flags,
      types,
    });
    const isMatch = check.missing.length + check.surplus.length === 0 &&
      check.unknown.length === 0 && !check.lacksIgnoreEnv;
    return {
      result: { ...result, check },
      text: formatCheck(check, report, run.terminal.paint),
      exitCode: isWhole && isMatch ? 0 : 1,
    };
  }

  const command = new Command("permissions")
    .summary("what plugins need of Deno, and the flags for it")
    .description(
      "Says what plugins need of Deno, what is dangerous about it, and the smallest flags for it; " +
        "what reading the plugins needs is in them. No plugin code runs.",
    )
    .usage("[options] <source...> [--check -- deno run ... main.ts]")
    .argument("<source...>", "directories, plugin.json files, URLs, packages");
  return addHostOptions(command)
    .addOption(
      new Option("--format <format>", "how to print it")
        .choices(FORMATS).default("table"),
    )
    .option("--optional", "with what is optional, in flags and deno-json")
    .option(
      "--ignore-env",
      "let variables that nobody declares read as unset instead of throwing",
    )
    .option("--check", "compare with the command line after --")
    .option("--json", "print the result for machines, as --format=json does")
    .action((sources: readonly string[], flags: PermissionsFlags) =>
      run.run(
        "permissions",
        flags.json === true || flags.format === "json",
        () => permissions(sources, flags),
      )
    );
}
