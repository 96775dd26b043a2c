/**
 * `validate`: whether a plugin can be published: all that is wrong with it, and
 * all that is dangerous.
 *
 * @module
 */

import { Command, Option } from "commander";
import { PluginError } from "../base/errors.ts";
import { gatherFacts } from "../host/gather_facts.ts";
import { HAZARD_LEVELS, type HazardLevel } from "../permissions/hazard.ts";
import { union } from "../permissions/set_algebra.ts";
import type { PlanStep } from "../plan/plan.ts";
import type { CommandRun } from "./command_run.ts";
import { formatPluginCheck } from "./format_plugin_check.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { inspectHost } from "./inspect_host.ts";
import type { Outcome } from "./command_run.ts";
import { parseCount } from "./option_values.ts";
import {
  checkManifest,
  declarationOf,
  planFreely,
  type PluginSet,
} from "./validate/check_manifest.ts";
import { checkModules } from "./validate/check_modules.ts";
import { checkRun, type RunOptions } from "./validate/check_run.ts";
import { canReadModuleGraph } from "./validate/module_graph.ts";
import { hasFindings, type PluginCheck } from "./validate/plugin_check.ts";

/** The options of the command, as they were written. */
interface ValidateFlags extends HostFlags {
  readonly json?: true;
  readonly run?: true;
  readonly withOptional?: true;
  readonly methods?: string;
  readonly hazards: HazardLevel | "none";
  readonly timeout: string;
}

/** How plugins are checked. */
interface CheckOptions {
  /** Whether their modules are read. */
  readonly readsModules: boolean;
  /** How they are run, where they are. */
  readonly running: RunOptions | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const DEFAULT_TIMEOUT = "10000";
const MAX_TIMEOUT = 600_000;

function readMethods(written: string | undefined): readonly string[] {
  return (written ?? "").split(",").map((name) => name.trim())
    .filter((name) => name !== "");
}

async function checkPlugin(
  set: PluginSet,
  step: PlanStep,
  options: CheckOptions,
): Promise<PluginCheck> {
  const { decision, facts: { found }, plugin } = step;
  const { readsModules, running, signal } = options;
  const check = checkManifest(set, step, running !== undefined);
  const { required, optional } = found.ok
    ? declarationOf(set, found)
    : { required: {}, optional: {} };
  const modules = found.ok && readsModules
    ? await checkModules(found, union(required, optional), signal)
    : { problems: [], notes: [] };
  const { id, type, version, source } = decision;
  const known = {
    ...check,
    id,
    type,
    version,
    source,
    problems: [...check.problems, ...modules.problems],
    notes: [...check.notes, ...modules.notes],
  };
  if (
    running === undefined || plugin === undefined || decision.kind !== "load"
  ) return { ...known, run: undefined };
  try {
    const { run, problems, notes } = await checkRun(set, plugin, running);
    return {
      ...known,
      run,
      problems: [...known.problems, ...problems],
      notes: [...known.notes, ...notes],
    };
  } catch (thrown) {
    // Such as flags that cannot say what it needs: the others are run all the same.
    if (!(thrown instanceof PluginError)) throw thrown;
    const problems = [...known.problems, ...thrown.problems];
    return { ...known, run: undefined, problems };
  }
}

/**
 * Makes the command.
 *
 * @param run The run of the command line.
 * @returns The command.
 */
export function validateCommand(run: CommandRun): Command {
  async function validate(
    sources: readonly string[],
    flags: ValidateFlags,
  ): Promise<Outcome> {
    const methods = readMethods(flags.methods);
    const timeout = parseCount(flags.timeout, "--timeout", MAX_TIMEOUT);
    const { core, options: host } = await inspectHost(run, sources, flags);
    const set = planFreely(core, await gatherFacts(core));
    const readsModules = canReadModuleGraph();
    const { signal, terminal } = run;
    const running = flags.run === true
      ? {
        host,
        methods,
        timeout,
        signal,
        withOptional: flags.withOptional === true,
      }
      : undefined;
    const { steps } = set.plan;
    if (!readsModules && steps.some(({ facts: { found } }) => found.ok)) {
      run.note(
        "What the modules import was not checked: that needs another Deno, " +
          "which --allow-run=deno and --allow-read permit",
      );
    }
    if (steps.length === 0) run.note("There is no plugin in these sources");
    const checks: PluginCheck[] = [];
    // Plugins that run are alone: one must not make another late.
    const width = running === undefined ? navigator.hardwareConcurrency : 1;
    while (checks.length < steps.length) {
      const { length } = checks;
      terminal.progress(() => `Validating ${length + 1} of ${steps.length}`);
      checks.push(
        ...await Promise.all(
          steps.slice(length, length + width).map((step) =>
            checkPlugin(set, step, { readsModules, running, signal })
          ),
        ),
      );
    }
    const least = flags.hazards === "none" ? undefined : flags.hazards;
    return {
      result: { plugins: checks },
      text: checks.map((check) =>
        formatPluginCheck(check, hasFindings(check, least), terminal.paint)
      ).join(""),
      exitCode: checks.some((check) => hasFindings(check, least)) ? 1 : 0,
    };
  }

  const command = new Command("validate")
    .summary("all that is wrong with plugins, and all that is dangerous")
    .description(
      "Says all that is wrong with plugins: manifest, entry, permissions, hazards, imports that resolve " +
        "only beside the plugin's own deno.json or leave its directory, modules that compile " +
        "otherwise without that deno.json.\n\n" +
        "With --run each is set up in a fresh process, from a foreign directory, with exactly the " +
        "permissions that it declares; its health check and its methods are checked, what it tried " +
        "beyond its declaration, and what it leaves behind after dispose. Programs that it starts come out only in what it throws.",
    )
    .argument("<source...>", "directories, plugin.json files, URLs, packages")
    .option("--run", "run the plugins' code, as said above")
    .option(
      "--methods <names>",
      "the methods that each must have, e.g. embed,close",
    )
    .option("--with-optional", "grant what is optional as well, with --run")
    .option(
      "--timeout <ms>",
      "how long each call into a plugin may take, with --run",
      DEFAULT_TIMEOUT,
    )
    .addOption(
      new Option(
        "--hazards <level>",
        "the least grave hazard that is a finding",
      )
        .choices([...HAZARD_LEVELS, "none"]).default("high"),
    );
  return addHostOptions(command)
    .option("--json", "print the result for machines")
    .action((sources: readonly string[], flags: ValidateFlags) =>
      run.run("validate", flags.json, () => validate(sources, flags))
    );
}
