/**
 * What comes out when a plugin is run.
 *
 * @module
 */

import type { Problem } from "../../base/errors.ts";
import type { PluginHostOptions } from "../../host/options.ts";
import { JSR_HOST } from "../../permissions/permission_remedy.ts";
import { reportPermissions } from "../../host/permission_report.ts";
import { toFileUrl } from "../../base/file_url.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { formatFlags } from "../../permissions/format_flags.ts";
import { permissionFlags } from "../../permissions/permission_flags.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { permissionKey } from "../../permissions/permission_states.ts";
import { union } from "../../permissions/set_algebra.ts";
import { selectPlan } from "../../plan/plan.ts";
import { createCore } from "../inspect_host.ts";
import { type Access, type CodePlaces, readAccessLog } from "./access_log.ts";
import { attemptProblems, isCovered } from "./attempts.ts";
import { declarationOf, type PluginSet } from "./check_manifest.ts";
import type { RunCheck } from "./plugin_check.ts";
import { runPlugin, type RunReport } from "./run_plugin.ts";

/** How plugins are run. */
export interface RunOptions {
  /** The options of the host that they are judged for. */
  readonly host: PluginHostOptions;
  /** The methods that each must have. */
  readonly methods: readonly string[];
  /** Whether what is optional is granted as well. */
  readonly withOptional: boolean;
  /** How long each call may take, in milliseconds. */
  readonly timeout: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const LIBRARY = new URL("../../", import.meta.url).href;

function sourceOf({ directory, source }: ReadPlugin): string {
  return directory ?? source;
}

function healthProblems(check: RunCheck): readonly Problem[] {
  const { health } = check;
  if (health?.status !== "unhealthy") return [];
  return [{
    code: "PLUGIN_HEALTH_FAILED",
    message: `It says that it is unhealthy${
      health.message === undefined ? "" : `: ${health.message}`
    }`,
    remedy: "Give it the configuration that it needs, or mend its healthCheck",
  }];
}

/** One run of a plugin: its permissions and its report. */
interface Run {
  readonly report: RunReport;
  /** The permissions that its flags granted. */
  readonly granted: PermissionSet;
  /** All that the plugins declare, and that loading them needs. */
  readonly allowed: PermissionSet;
  /** All that the plugins declare as optional. */
  readonly optional: PermissionSet;
  readonly accesses: readonly Access[];
}

function placesOf({ code, directory }: ReadPlugin): CodePlaces {
  if (directory !== undefined) {
    return { library: LIBRARY, plugin: `${toFileUrl(directory).href}/` };
  }
  return {
    library: LIBRARY,
    plugin: code.kind === "module" ? new URL(".", code.specifier).href : "",
  };
}

async function runOnce(
  set: PluginSet,
  plugin: ReadPlugin,
  options: RunOptions,
  ignoreEnv: boolean,
): Promise<Run> {
  const { id, type } = plugin.manifest;
  const needed = selectPlan(set.plan, id).steps
    .map((step) => step.plugin)
    .filter((one) => one !== undefined);
  const sources = needed.map(sourceOf);
  let granted: PermissionSet = {};
  let optional: PermissionSet = {};

  async function flagsFor(dataDirectory: string): Promise<readonly string[]> {
    const core = createCore({
      ...options.host,
      sources,
      dataDirectory,
      switches: false,
    });
    const { declared } = await reportPermissions(core);
    optional = union(
      ...needed.map((one) => declarationOf({ ...set, core }, one).optional),
    );
    granted = options.withOptional ? union(declared, optional) : declared;
    const flags = permissionFlags(granted, {
      noPrompt: false,
      ...ignoreEnv ? { ignoreEnv } : {},
    });
    return [...flags, "--no-prompt"];
  }

  const report = await runPlugin({
    job: {
      id,
      type,
      sources,
      hostVersion: options.host.version,
      config: options.host.config ?? {},
      methods: options.methods,
      timeout: options.timeout,
    },
    flagsFor,
    signal: options.signal,
  });
  return {
    report,
    granted,
    optional,
    // The host of this package: nobody has to declare it.
    allowed: union(granted, optional, { import: [JSR_HOST] }),
    accesses: readAccessLog(report.accesses ?? "", placesOf(plugin), granted),
  };
}

/**
 * Runs a plugin, and once more where it asked for a variable that was not
 * granted: with `--ignore-env` it does not stop at the first, and all come out.
 */
async function runAll(
  set: PluginSet,
  plugin: ReadPlugin,
  options: RunOptions,
): Promise<readonly [Run, ...Run[]]> {
  const first = await runOnce(set, plugin, options, false);
  const asksForMore = first.accesses.some(({ entry }) =>
    entry.kind === "env" && !isCovered(entry, first.granted)
  );
  return asksForMore
    ? [first, await runOnce(set, plugin, options, true)]
    : [first];
}

/** Says under which flags a plugin runs, if the computed ones do not do. */
function notesOn(first: Run, last: Run, attempts: readonly Problem[]) {
  const failed = first.report.result.problems.length > 0;
  const isMended = last.report.result.problems.length === 0;
  const isDeclared = attempts.every(({ path }) => path !== "permissions.env");
  return failed && isMended && isDeclared
    ? [
      "It runs only in a host that is started with --ignore-env, or with what " +
      `is optional: ${
        formatFlags(permissionFlags({ env: first.optional.env ?? [] }, {
          noPrompt: false,
        }))
      }`,
    ]
    : [];
}

const TOO_MANY_ACCESSES: Problem = Object.freeze({
  code: "PLUGIN_PERMISSION_MISSING",
  message: "It used permissions so often that what it tried was not looked at",
  remedy: "Find the loop that asks for the same again and again",
});

/** What came out when a plugin was run. */
export interface RunFindings {
  /** What came out. */
  readonly run: RunCheck;
  /** What is wrong. */
  readonly problems: readonly Problem[];
  /** What is worth knowing. */
  readonly notes: readonly string[];
}

/**
 * Runs a plugin, with those that it requires, and says what came out.
 *
 * @param set The plugins.
 * @param plugin The plugin.
 * @param options How it is run.
 * @returns What came out, and what is wrong.
 */
export async function checkRun(
  set: PluginSet,
  plugin: ReadPlugin,
  options: RunOptions,
): Promise<RunFindings> {
  const runs = await runAll(set, plugin, options);
  const [first] = runs;
  const last = first.report.result.problems.length === 0
    ? first
    : runs.at(-1) ?? first;
  const known = new Map(
    runs.flatMap(({ accesses }) => accesses)
      .map((access) => [permissionKey(access.entry), access]),
  );
  const attempts = attemptProblems(
    [...known.values()],
    // The data directory of each run is another.
    union(...runs.map(({ allowed }) => allowed)),
    first.optional,
  );
  const { flags, result: { problems, health, methods } } = last.report;
  const run: RunCheck = { flags, health, methods };
  return {
    run,
    problems: [
      ...problems,
      ...healthProblems(run),
      ...attempts,
      ...runs.some(({ report }) => report.accesses === undefined)
        ? [TOO_MANY_ACCESSES]
        : [],
    ],
    notes: notesOn(first, last, attempts),
  };
}
