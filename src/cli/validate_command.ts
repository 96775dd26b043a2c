import { Command, Option } from "commander";
import {
  HAZARD_LEVELS,
  type HazardLevel,
} from "../permissions/path_hazards.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import {
  type Finding,
  hazardFindings,
  problemFindings,
} from "./findings/finding.ts";
import { FINDING_FORMATS, findingText } from "./findings/finding_formats.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { inspectHost } from "./inspect_host.ts";
import { parseCount } from "./option_values.ts";
import { scanFindings } from "./scan_overview.ts";
import { planFreely, type PluginSet } from "./validate/check_manifest.ts";
import { checkPlugin } from "./validate/check_plugin.ts";
import { findMinimumAge } from "./validate/configuration.ts";
import { mayInspectModules } from "./validate/deno_program.ts";
import {
  DEFAULT_TIMEOUT,
  MAX_TIMEOUT,
  parseMethods,
} from "./validate/run_options.ts";
import {
  formatPluginChecks,
  hasFindings,
  type PluginCheck,
} from "./validate/plugin_check.ts";

const FORMATS = ["text", "json", ...FINDING_FORMATS] as const;

interface ValidateFlags extends HostFlags {
  readonly json?: true;
  readonly format: (typeof FORMATS)[number];
  readonly run?: true;
  readonly withOptional?: true;
  readonly methods?: string;
  readonly hazards: HazardLevel | "none";
  readonly timeout: string;
  readonly minDepAge?: string;
}

function findingsOf(
  { inspection, plan }: PluginSet,
  checks: readonly PluginCheck[],
): readonly Finding[] {
  return checks.flatMap(({ id, problems, hazards, scan }, place) => {
    const plugin = inspection.found[plan.steps[place]?.index ?? -1];
    if (plugin === undefined) return [];
    const directory = plugin.ok ? plugin.directory ?? "" : "";
    return [
      ...problemFindings(plugin, problems),
      ...hazardFindings(plugin, hazards),
      ...scanFindings(id, directory, scan),
    ];
  });
}

export function validateCommand(run: CommandRun): Command {
  async function validate(
    sources: readonly string[],
    flags: ValidateFlags,
  ): Promise<Outcome> {
    const { signal, terminal } = run;
    const methods = parseMethods(flags.methods);
    const timeout = parseCount(flags.timeout, "--timeout", MAX_TIMEOUT);
    const withOptional = flags.withOptional === true;
    const { host, inspection } = await inspectHost(run, sources, flags);
    const set = planFreely(inspection);
    const { steps } = set.plan;
    const inspectsModules = mayInspectModules();
    const running = flags.run === true
      ? {
        host,
        methods,
        minimumAge: flags.minDepAge ?? await findMinimumAge(Deno.cwd()),
        timeout,
        signal,
        withOptional,
      }
      : undefined;
    if (!inspectsModules && steps.some(({ facts: { found } }) => found.ok)) {
      run.note(
        "The imports of the modules were not checked: that needs " +
          "--allow-run=deno and --allow-read",
      );
    }
    if (steps.length === 0) run.note("There are no plugins in these sources");
    const checks: PluginCheck[] = [];
    // Plugins run one at a time: one must not slow down another.
    const width = running === undefined ? navigator.hardwareConcurrency : 1;
    while (checks.length < steps.length) {
      const { length } = checks;
      terminal.progress(() => `Validating ${length + 1} of ${steps.length}`);
      checks.push(
        ...await Promise.all(
          steps.slice(length, length + width).map((step) =>
            checkPlugin(set, step, { inspectsModules, running, signal })
          ),
        ),
      );
    }
    const isFinding = (check: PluginCheck) => hasFindings(check, flags.hazards);
    return {
      result: { plugins: checks },
      text: findingText(flags.format, () => findingsOf(set, checks)) ??
        formatPluginChecks(checks, isFinding, terminal.screen),
      exitCode: checks.some(isFinding) ? 1 : 0,
    };
  }

  const command = new Command("validate")
    .summary("find what is wrong with plugins, or dangerous")
    .description(
      "Checks manifests, entries, permissions, hazards and imports, and scans the code for uses that the manifest " +
        "does not declare. Finds imports that resolve only with the " +
        "plugin's own deno.json or that leave its directory, and modules that compile differently " +
        "without that deno.json. In a directory that is a package, finds what a host of the published " +
        "package would not.\n\n" +
        "With --run, sets each plugin up in a new process, in another directory, with exactly the " +
        "permissions that it declares. Checks its health and its methods, and reports undeclared accesses " +
        "and leaks after dispose. A program that it starts is reported, and what that program does is not.",
    )
    .argument(
      "<source...>",
      "directories, plugin.json files, jsr: and npm: packages",
    )
    .option("--run", "run the plugins' code")
    .option("--methods <names>", "required methods, e.g. embed,close")
    .option("--with-optional", "grant optional permissions as well, with --run")
    .option(
      "--timeout <ms>",
      "the time limit of each call into a plugin, with --run",
      DEFAULT_TIMEOUT,
    )
    .option(
      "--min-dep-age <age>",
      "the --min-dep-age of Deno, with --run; by default that of ./deno.json",
    )
    .addOption(
      new Option("--hazards <level>", "the lowest hazard level to fail on")
        .choices([...HAZARD_LEVELS, "none"]).default("high"),
    );
  return addHostOptions(command)
    .addOption(
      new Option("--format <format>", "the output format")
        .choices(FORMATS).default("text"),
    )
    .option("--json", "print the result as JSON, like --format=json")
    .action((sources: readonly string[], flags: ValidateFlags) =>
      run.run(
        "validate",
        flags.json === true || flags.format === "json",
        () => validate(sources, flags),
      )
    );
}
