/**
 * What comes out when a plugin is run.
 *
 * @module
 */

import type { Problem } from "../../errors.ts";
import type { PluginHostOptions } from "../../host/options.ts";
import { reportPermissions } from "../../host/permission_report.ts";
import { toFileUrl } from "../../manifest/file_url.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { permissionFlags } from "../../permissions/permission_flags.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { union } from "../../permissions/set_algebra.ts";
import { selectPlan } from "../../plan/plan.ts";
import { createCore } from "../inspect_host.ts";
import { readAccessLog } from "./access_log.ts";
import { attemptProblems } from "./attempts.ts";
import { declarationOf, type PluginSet } from "./check_manifest.ts";
import type { RunCheck } from "./plugin_check.ts";
import { runPlugin } from "./run_plugin.ts";

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
): Promise<{ readonly run: RunCheck; readonly problems: readonly Problem[] }> {
  const { id, type } = plugin.manifest;
  const needed = selectPlan(set.plan, id).steps
    .map((step) => step.plugin)
    .filter((one) => one !== undefined);
  const sources = needed.map(sourceOf);
  let allowed: PermissionSet = {};

  async function flagsFor(dataDirectory: string): Promise<readonly string[]> {
    const core = createCore({ ...options.host, sources, dataDirectory });
    const { declared } = await reportPermissions(core);
    const optional = needed.map((one) =>
      declarationOf({ ...set, core }, one).optional
    );
    const whole = union(declared, ...optional);
    // Deno imports from some hosts by itself: nobody has to declare them.
    allowed = union(whole, { import: DEFAULT_IMPORT_HOSTS });
    const flags = permissionFlags(options.withOptional ? whole : declared, {
      noPrompt: false,
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
  const { problems, health, methods } = report.result;
  const run: RunCheck = { flags: report.flags, health, methods };
  const places = {
    library: LIBRARY,
    plugin: plugin.directory === undefined
      ? plugin.code.kind === "module"
        ? new URL(".", plugin.code.specifier).href
        : ""
      : `${toFileUrl(plugin.directory).href}/`,
  };
  return {
    run,
    problems: [
      ...problems,
      ...healthProblems(run),
      ...attemptProblems(readAccessLog(report.accesses, places), allowed),
    ],
  };
}
