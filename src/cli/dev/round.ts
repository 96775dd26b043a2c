/** One round of checks of a plugin. */

import { PluginError } from "../../base/errors.ts";
import type { CommandRun } from "../command_run.ts";
import type { Declared } from "../diff/permission_changes.ts";
import { UsageError } from "../failure.ts";
import type { HostFlags } from "../host_options.ts";
import { inspectQuietly } from "../inspect_host.ts";
import {
  PermissionInquiry,
  queryDeno,
} from "../../permissions/permission_states.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { union } from "../../permissions/set_algebra.ts";
import { planFreely } from "../validate/check_manifest.ts";
import { checkPlugin } from "../validate/check_plugin.ts";
import { checkRun, type RunOptions } from "../validate/check_run.ts";
import {
  type Findings,
  mergeFindings,
  type PluginCheck,
} from "../validate/plugin_check.ts";
import type { LivePlugin, LiveState } from "./live_plugin.ts";
import { runTests, type TestResult } from "./plugin_tests.ts";

/** The findings of one round. */
export interface Round {
  readonly check: PluginCheck;
  /** Absent if the manifest cannot be used. */
  readonly declared: Declared | undefined;
  /** Absent if the plugin cannot be loaded, or tests are not wanted. */
  readonly tests: TestResult | undefined;
  readonly live: LiveState;
}

export interface RoundOptions {
  readonly directory: string;
  /** The sources of the plugins that it requires. */
  readonly others: readonly string[];
  readonly flags: HostFlags;
  readonly running: Omit<RunOptions, "host" | "signal">;
  readonly runsTests: boolean;
  /** The plugin as it has run since an earlier round. */
  readonly live: LivePlugin;
}

/** Two processes cannot listen at the same port, or hold the same lock. */
const IN_USE_REGEXP = /AddrInUse|address already in use/i;

/** The findings of a plugin that runs all the same. */
const RUNNING: ReadonlySet<string> = new Set([
  "PLUGIN_DISPOSE_FAILED",
  "PLUGIN_HEALTH_FAILED",
  "PLUGIN_PERMISSION_MISSING",
]);

const NOT_SET_UP = "It was not set up, because of a plugin that it requires: " +
  "name the source of that plugin with --with";

/** Names the variables that this process cannot pass on. */
function lackingNotes({ env }: PermissionSet): readonly string[] {
  if (env === undefined) return [];
  const names = new PermissionInquiry({ query: queryDeno }).missing({ env })
    .map(({ value }) => value).filter((name) => name !== undefined);
  const isWhole = env === true &&
    queryDeno({ name: "env" }).state !== "granted";
  if (names.length === 0 && !isWhole) return [];
  const flag = isWhole ? "--allow-env" : `--allow-env=${names.join(",")}`;
  return [`It runs without variables: start dev with ${flag}`];
}

/** Validates the plugin, sets it up in a new process, runs it, and runs its tests. */
export async function runRound(
  run: CommandRun,
  { directory, others, flags, running, runsTests, live }: RoundOptions,
  signal: AbortSignal,
): Promise<Round> {
  const sources = [directory, ...others];
  const { host, inspection } = await inspectQuietly(run, sources, flags);
  const set = planFreely(inspection);
  const own = set.plan.steps.filter(({ facts }) => facts.sourceIndex === 0);
  const [step] = own;
  if (step === undefined || own.length > 1) {
    throw new UsageError(
      "The directory holds several plugins, and dev works on one",
      "Name the directory of one plugin; name others with --with",
    );
  }
  const found = inspection.found[step.index];
  const known = inspection.snapshot.plugins[step.index];
  const checked = await checkPlugin(set, step, {
    inspectsModules: true,
    running: undefined,
    signal,
  });
  const isLoadable = found?.ok === true && known !== undefined &&
    // Each further step would only report the same again.
    checked.problems.every(({ code }) => code !== "PLUGIN_IMPORT_FAILED");
  let findings: Findings = checked;
  let ran: PluginCheck["run"];
  let isRunnable = false;
  if (isLoadable && step.decision.kind === "load") {
    try {
      const options = { ...running, host, signal };
      let result = await checkRun(set, found, options);
      const isInUse = result.problems
        .some(({ message }) => IN_USE_REGEXP.test(message));
      if (isInUse && live.isLive) {
        await live.stop();
        result = await checkRun(set, found, options);
      }
      const { run, ...more } = result;
      findings = mergeFindings(checked, more);
      ran = run;
      isRunnable = more.problems.every(({ code }) => RUNNING.has(code));
    } catch (thrown) {
      if (!(thrown instanceof PluginError)) throw thrown;
      const more = { problems: thrown.problems, notes: [] };
      findings = mergeFindings(checked, more);
    }
  }
  const lacksOthers = step.decision.kind === "refuse" &&
    checked.problems.length === 0;
  if (lacksOthers) {
    const more = { problems: [], notes: [NOT_SET_UP] };
    findings = mergeFindings(checked, more);
  }
  const state = isRunnable && isLoadable
    ? await live.refresh({
      plugin: found,
      declared: union(known.required, known.optional),
      hostVersion: host.settings.version,
      config: Object.fromEntries(host.settings.config),
    })
    : live.state;
  if (known !== undefined && state.kind !== "none") {
    const notes = lackingNotes(union(known.required, known.optional));
    findings = mergeFindings(findings, { problems: [], notes });
  }
  return {
    live: state,
    check: { ...checked, ...findings, run: ran },
    declared: found?.ok && known !== undefined
      ? { required: known.required, optional: known.optional }
      : undefined,
    tests: isLoadable && runsTests
      ? await runTests(found.directory ?? directory, signal)
      : undefined,
  };
}
