import { Command, Option } from "commander";
import { PluginError } from "../base/errors.ts";
import {
  HAZARD_LEVELS,
  type HazardLevel,
} from "../permissions/path_hazards.ts";
import { union } from "../permissions/set_algebra.ts";
import type { PlanStep } from "../plan/plan.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { inspectHost } from "./inspect_host.ts";
import { parseCount } from "./option_values.ts";
import { checkModules } from "./validate/check_modules.ts";
import { checkPackage } from "./validate/check_package.ts";
import {
  checkManifest,
  planFreely,
  type PluginSet,
} from "./validate/check_manifest.ts";
import { checkRun, type RunOptions } from "./validate/check_run.ts";
import { findMinimumAge } from "./validate/configuration.ts";
import { readForeignImports } from "./validate/module_graph.ts";
import { mayInspectModules } from "./validate/deno_program.ts";
import {
  type Findings,
  formatPluginCheck,
  hasFindings,
  mergeFindings,
  type PluginCheck,
} from "./validate/plugin_check.ts";

interface ValidateFlags extends HostFlags {
  readonly json?: true;
  readonly run?: true;
  readonly withOptional?: true;
  readonly methods?: string;
  readonly hazards: HazardLevel | "none";
  readonly timeout: string;
  readonly minDepAge?: string;
}

interface CheckOptions {
  readonly inspectsModules: boolean;
  /** Left out if plugins are not run. */
  readonly running: RunOptions | undefined;
  readonly signal: AbortSignal;
}

const DEFAULT_TIMEOUT = "10000";
const MAX_TIMEOUT = 600_000;

async function checkPlugin(
  set: PluginSet,
  step: PlanStep,
  { inspectsModules, running, signal }: CheckOptions,
): Promise<PluginCheck> {
  const { decision, index } = step;
  const { found: plugins, snapshot } = set.inspection;
  const found = plugins[index];
  const known = snapshot.plugins[index];
  const { id, type, version, source } = decision;
  const check = checkManifest(set, step, running !== undefined);
  const all: Findings[] = [check];
  if (found?.ok && known !== undefined && inspectsModules) {
    const { required, optional } = known;
    all.push(await checkModules(found, union(required, optional), signal));
  }
  if (found?.ok) {
    all.push(await checkPackage(found, inspectsModules, signal));
  }
  const imports = found?.ok && inspectsModules
    ? (await readForeignImports([found], signal))?.[found.manifest.id]
    : undefined;
  let run: PluginCheck["run"];
  if (
    running !== undefined && found?.ok && decision.kind === "load"
  ) {
    try {
      const findings = await checkRun(set, found, running);
      run = findings.run;
      all.push(findings);
    } catch (thrown) {
      // E.g. no flag can express what it needs. The other plugins still run.
      if (!(thrown instanceof PluginError)) throw thrown;
      all.push({ problems: thrown.problems, notes: [] });
    }
  }
  const { hazards } = check;
  const findings = mergeFindings(...all);
  return { id, type, version, source, hazards, ...findings, imports, run };
}

export function validateCommand(run: CommandRun): Command {
  async function validate(
    sources: readonly string[],
    flags: ValidateFlags,
  ): Promise<Outcome> {
    const { signal, terminal } = run;
    const methods = (flags.methods ?? "").split(",").map((name) => name.trim())
      .filter((name) => name !== "");
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
      text: checks.map((check) =>
        formatPluginCheck(check, isFinding(check), terminal.screen)
      ).join(""),
      exitCode: checks.some(isFinding) ? 1 : 0,
    };
  }

  const command = new Command("validate")
    .summary("find what is wrong with plugins, or dangerous")
    .description(
      "Checks manifests, entries, permissions, hazards and imports. Finds imports that resolve only with the " +
        "plugin's own deno.json or that leave its directory, and modules that compile differently " +
        "without that deno.json. In a directory that is a package, finds what a host of the published " +
        "package would not.\n\n" +
        "With --run, sets each plugin up in a new process, in another directory, with exactly the " +
        "permissions that it declares. Checks its health and its methods, and reports undeclared accesses " +
        "and leaks after dispose. Accesses by programs that it starts are not reported.",
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
    .option("--json", "print the result as JSON")
    .action((sources: readonly string[], flags: ValidateFlags) =>
      run.run("validate", flags.json, () => validate(sources, flags))
    );
}
