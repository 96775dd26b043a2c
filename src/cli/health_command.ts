import { Command } from "commander";
import { PluginError, type Problem } from "../base/errors.ts";
import type { Paint, Screen } from "../base/terminal_text.ts";
import { escapeControls } from "../base/text.ts";
import type { HealthStatus } from "../events/lifecycle_event.ts";
import { findPlugin, pluginOf } from "../inspect/snapshot.ts";
import { makePlan, type PlanStep } from "../plan/plan.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import {
  type Cell,
  formatCount,
  formatCounts,
  formatProblems,
  formatTable,
  joinLines,
  wrapLine,
} from "./format.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { inspectHost } from "./inspect_host.ts";
import { collect, parseCount } from "./option_values.ts";
import type { PluginSet } from "./validate/check_manifest.ts";
import { runOnce, type RunOptions } from "./validate/check_run.ts";
import { findMinimumAge } from "./validate/configuration.ts";
import { DEFAULT_TIMEOUT, MAX_TIMEOUT } from "./validate/run_options.ts";

interface HealthFlags extends HostFlags {
  readonly json?: true;
  readonly id?: readonly string[];
  readonly timeout: string;
  readonly minDepAge?: string;
}

/** The health of a plugin, or the reason why it has no health; the worst first. */
const STATUSES = [
  "failed",
  "refused",
  "unhealthy",
  "degraded",
  "unknown",
  "healthy",
  "skipped",
] as const satisfies readonly (
  | HealthStatus
  | "failed"
  | "refused"
  | "skipped"
)[];

type Status = (typeof STATUSES)[number];

interface PluginHealth {
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  readonly version?: string | undefined;
  readonly source: string;
  readonly status: Status;
  readonly message?: string | undefined;
  readonly latencyMs?: number | undefined;
  readonly problems: readonly Problem[];
}

const SKIPPED = {
  disabled: "disabled in the stored state",
  switch: "turned off by a switch",
} as const;

const BAD: ReadonlySet<Status> = new Set(["failed", "refused", "unhealthy"]);

function paintOf(status: Status, paint: Paint): (text: string) => string {
  if (BAD.has(status)) return paint.red;
  if (status === "healthy") return paint.green;
  return status === "degraded" ? paint.yellow : paint.dim;
}

async function checkStep(
  set: PluginSet,
  step: PlanStep,
  options: RunOptions,
): Promise<PluginHealth> {
  const { decision } = step;
  const { id, type, version, source } = decision;
  const subject = { id, type, version, source };
  if (decision.kind === "refuse") {
    return { ...subject, status: "refused", problems: decision.problems };
  }
  const plugin = pluginOf(set.inspection, step);
  if (decision.kind === "skip" || plugin === undefined) {
    const message = decision.kind === "skip"
      ? SKIPPED[decision.reason]
      : undefined;
    return { ...subject, status: "skipped", message, problems: [] };
  }
  try {
    const { report } = await runOnce(set, plugin, options, false);
    const { health, problems } = report.result;
    if (health === undefined) return { ...subject, status: "failed", problems };
    const { status, message, latencyMs } = health;
    return { ...subject, status, message, latencyMs, problems };
  } catch (thrown) {
    // E.g. no flag can express what it needs. The other plugins still run.
    if (!(thrown instanceof PluginError)) throw thrown;
    return { ...subject, status: "failed", problems: thrown.problems };
  }
}

function textOf(checks: readonly PluginHealth[], screen: Screen): string {
  const worstFirst = checks.toSorted((one, other) =>
    STATUSES.indexOf(one.status) - STATUSES.indexOf(other.status)
  );
  const rows = worstFirst.map(
    ({ id, source, status, message = "", latencyMs }): (string | Cell)[] => [
      { text: status, paint: paintOf(status, screen.paint) },
      id ?? source,
      latencyMs === undefined ? "" : `${latencyMs} ms`,
      message,
    ],
  );
  const problems = worstFirst.filter((one) => one.problems.length > 0)
    .flatMap((one) => [
      ...wrapLine(escapeControls(one.id ?? one.source), screen),
      ...formatProblems(one.problems, screen),
    ]);
  const counts = STATUSES.map((status) =>
    [checks.filter((one) => one.status === status).length, status] as const
  );
  return formatTable(["HEALTH", "PLUGIN", "TIME", "MESSAGE"], rows, screen) +
    joinLines([...problems, formatCounts(checks.length, "plugin", counts)]);
}

export function healthCommand(run: CommandRun): Command {
  async function health(
    sources: readonly string[],
    flags: HealthFlags,
  ): Promise<Outcome> {
    const timeout = parseCount(flags.timeout, "--timeout", MAX_TIMEOUT);
    const { host, inspection } = await inspectHost(run, sources, flags);
    const { snapshot, configs } = inspection;
    // Each plugin is granted what it declares.
    const plan = makePlan({ ...snapshot, permissionMode: "report" });
    for (const id of flags.id ?? []) {
      if (plan.steps.some(({ decision }) => decision.id === id)) continue;
      findPlugin(inspection, plan, "check", id);
    }
    const steps = plan.steps.filter(({ decision }) =>
      flags.id === undefined ||
      (decision.id !== undefined && flags.id.includes(decision.id))
    );
    const running = steps.filter(({ decision }) => decision.kind === "load");
    if (running.length > 0) {
      run.note(
        `Running the code of ${
          formatCount(running.length, "plugin")
        }, one at ` +
          "a time: in a new process, with exactly the declared permissions and " +
          "an empty data directory",
      );
    } else run.note("There is no plugin to run");
    const options: RunOptions = {
      // The stored configurations count.
      host: { ...host, settings: { ...host.settings, config: configs } },
      methods: [],
      minimumAge: flags.minDepAge ?? await findMinimumAge(Deno.cwd()),
      timeout,
      signal: run.signal,
      withOptional: false,
    };
    const checks: PluginHealth[] = [];
    for (const step of steps) {
      run.terminal.progress(() =>
        `Checking ${checks.length + 1} of ${steps.length}`
      );
      checks.push(await checkStep({ inspection, plan }, step, options));
    }
    return {
      result: { plugins: checks },
      text: textOf(checks, run.terminal.screen),
      exitCode: checks.some(({ status }) => BAD.has(status)) ? 1 : 0,
    };
  }

  const command = new Command("health")
    .summary("run plugins, and print their health")
    .description(
      "Runs the code of plugins: sets each up in a new process, with the configuration in the state file and " +
        "exactly the permissions that it declares, and asks for its health. A running host is not asked. " +
        "Exits with 1 if a plugin is unhealthy or cannot be set up.",
    )
    .argument(
      "<source...>",
      "directories, plugin.json files, jsr: and npm: packages",
    )
    .option("--id <id>", "only this plugin; repeatable", collect)
    .option(
      "--timeout <ms>",
      "the time limit of each call into a plugin",
      DEFAULT_TIMEOUT,
    )
    .option(
      "--min-dep-age <age>",
      "the --min-dep-age of Deno; by default that of ./deno.json",
    );
  command
    .option("--json", "print the result as JSON");
  return addHostOptions(command)
    .action((sources: readonly string[], flags: HealthFlags) =>
      run.run("health", flags.json, () => health(sources, flags))
    );
}
