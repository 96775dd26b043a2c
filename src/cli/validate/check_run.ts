import { errorOf, PluginError, type Problem } from "../../base/errors.ts";
import { isIn, MANIFEST_FILE, toFileUrl } from "../../base/path.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import {
  formatFlags,
  keepImportHosts,
  permissionFlags,
} from "../../permissions/permission_flags.ts";
import { normalizePermissions } from "../../permissions/normalize_permissions.ts";
import { jsrHost, permissionKey } from "../../permissions/permission_states.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  formatEntry,
  type PermissionEntry,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { covers, union } from "../../permissions/set_algebra.ts";
import { selectPlan } from "../../plan/plan.ts";
import { checkCopy } from "../../policy/checks.ts";
import type { HostDescription } from "../host_options.ts";
import { inspectorFor } from "../inspect_host.ts";
import type { CodeUrls } from "../../evidence/attribution.ts";
import { type Access, isPlaceholder } from "../../evidence/use.ts";
import type { PluginSet } from "./check_manifest.ts";
import { hostFiles } from "./configuration.ts";
import type { Findings, RunCheck } from "./plugin_check.ts";
import { runPlugin, type RunReport } from "./run_plugin.ts";

export interface RunOptions {
  readonly host: HostDescription;
  /** The methods that each plugin must have. */
  readonly methods: readonly string[];
  /** Grants optional permissions as well. */
  readonly withOptional: boolean;
  /** The least age of a dependency; `undefined` for that of Deno. */
  readonly minimumAge: string | undefined;
  /** The time limit of each call, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** The accesses that are allowed while the plugin is observed. */
  readonly observes?: "declared" | "all";
}

export interface RunFindings extends Findings {
  readonly run: RunCheck;
}

/** One run of a plugin. */
export interface Run {
  readonly report: RunReport;
  /** The permissions that its flags granted. */
  readonly granted: PermissionSet;
  /** Everything that the plugins declare and that loading them needs. */
  readonly allowed: PermissionSet;
  /** Everything that the plugins declare as optional. */
  readonly optional: PermissionSet;
  readonly accesses: readonly Access[];
}

const LIBRARY = new URL("../../", import.meta.url).href;
const MAX_VARIABLES = 500;
const DEFAULT_IMPORTS: PermissionSet = { import: DEFAULT_IMPORT_HOSTS };

export function isCovered(
  { kind, value }: PermissionEntry,
  allowed: PermissionSet,
): boolean {
  if (value === undefined) return covers(allowed, { [kind]: true });
  if (allowed[kind] === true) return true;
  if (isPlaceholder(value)) return false;
  try {
    return covers(allowed, normalizePermissions({ [kind]: [value] }));
  } catch {
    // Only the whole kind covers a value that no manifest can declare.
    return false;
  }
}

/** An access, as far as a problem shows it. */
export type Attempt = Pick<Access, "entry" | "place">;

function describe({ entry, place }: Attempt): string {
  const { kind, value } = entry;
  const what = value === "<TMP>"
    ? `${kind} to the directory of temporary files`
    : formatEntry(entry);
  return place === undefined ? what : `${what} (${place})`;
}

function undeclared(kind: string, what: string, remedy: string): Problem {
  return {
    code: "PLUGIN_PERMISSION_MISSING",
    message: `It tried ${what}, which its manifest does not declare`,
    remedy,
    path: `permissions.${kind}`,
  };
}

function isVariableName(value: string): boolean {
  try {
    normalizePermissions({ env: [value] });
    return true;
  } catch {
    return false;
  }
}

/** Puts all variables into one problem: a package may probe many. */
function undeclaredVariables(accesses: readonly Attempt[]): Problem {
  const shown = accesses.slice(0, MAX_VARIABLES);
  const rest = accesses.length - shown.length;
  const names = shown.flatMap(({ entry: { value } }) => value ?? [])
    .filter(isVariableName).sort();
  return undeclared(
    "env",
    shown.map(describe).join(", ") + (rest > 0 ? ` and ${rest} more` : ""),
    "Declare the variables it needs in permissions.env, and the others as " +
      `"optionalPermissions": { "env": ${
        JSON.stringify(names)
      } }, then start ` +
      "the host with --ignore-env",
  );
}

/** Returns the line of a manifest that declares a permission. */
function declarationOf(
  { kind, value }: PermissionEntry,
  directory: string | undefined,
): string {
  // A placeholder stands for more than one value.
  const isExact = value !== undefined && !isPlaceholder(value);
  const isInside = isExact && directory !== undefined &&
    (kind === "read" || kind === "write") && isIn(value, directory);
  const shown = isInside ? `.${value.slice(directory.length)}` : value;
  const values = isExact ? JSON.stringify([shown]) : "[…]";
  return `"permissions": { "${kind}": ${
    value === undefined ? "true" : values
  } }`;
}

/** Options of {@linkcode undeclaredProblems}. */
export interface UndeclaredOptions {
  /** What the plugins declare as optional. */
  readonly optional?: PermissionSet;
  /** The directory that relative paths of the manifest begin at. */
  readonly directory?: string | undefined;
}

/**
 * Returns a problem for each access beyond the declared permissions, and one for
 * all environment variables. Listing the environment is allowed if the manifest
 * has optional variables: the list then omits the others.
 */
export function undeclaredProblems(
  accesses: readonly Attempt[],
  allowed: PermissionSet,
  { optional = {}, directory }: UndeclaredOptions = {},
): readonly Problem[] {
  const beyond = accesses.filter(({ entry }) => !isCovered(entry, allowed));
  const variables = beyond.filter(({ entry: { kind, value } }) =>
    kind === "env" && (value !== undefined || optional.env === undefined)
  );
  return beyond.flatMap((access): Problem[] => {
    const { kind } = access.entry;
    if (kind === "env") {
      return access === variables[0] ? [undeclaredVariables(variables)] : [];
    }
    return [undeclared(
      kind,
      describe(access),
      `Remove the access, or declare it in ${MANIFEST_FILE}: ${
        declarationOf(access.entry, directory)
      }, or the same as optionalPermissions`,
    )];
  });
}

function healthProblems({ health }: RunCheck): readonly Problem[] {
  if (health?.status !== "unhealthy") return [];
  const message = health.message === undefined ? "" : `: ${health.message}`;
  return [{
    code: "PLUGIN_HEALTH_FAILED",
    message: `It reports that it is unhealthy${message}`,
    remedy: "Give it the configuration it needs, or fix its healthCheck",
  }];
}

/** Returns the URL that the modules of a plugin begin with. */
function codeUrl({ code, directory }: ReadPlugin): string {
  if (directory !== undefined) return `${toFileUrl(directory).href}/`;
  if (code.kind === "object") return "";
  // The URL of a workspace member is unknown: no module begins with its specifier.
  return code.resolved?.base ?? URL.parse(".", code.specifier)?.href ??
    code.specifier;
}

/** Returns the URLs of the code of a plugin, and of others in its process. */
export function codeUrls(
  plugin: ReadPlugin,
  others: readonly ReadPlugin[] = [],
): CodeUrls {
  return {
    library: LIBRARY,
    plugin: codeUrl(plugin),
    others: others.filter((one) => one !== plugin).map(codeUrl),
  };
}

/** Runs a plugin once, with the plugins that it requires, in a process of its own. */
export async function runOnce(
  set: PluginSet,
  plugin: ReadPlugin,
  options: RunOptions,
  ignoreEnv: boolean,
): Promise<Run> {
  const { id, type } = plugin.manifest;
  const { host, methods, minimumAge, timeout, signal } = options;
  const needed = selectPlan(set.plan, id).steps
    .map(({ index }) => set.inspection.found[index])
    .filter((one) => one?.ok === true);
  needed.forEach(refuseRemote);
  for (const one of needed) {
    const problems = checkCopy(one);
    if (problems.length > 0) throw errorOf(one.manifest.id, problems);
  }
  const sources = needed.map(({ directory, source }) => directory ?? source);
  let granted: PermissionSet = {};
  let optional: PermissionSet = {};
  const { observes } = options;

  async function flagsFor(dataDirectory: string): Promise<readonly string[]> {
    const inspector = inspectorFor({
      ...host,
      settings: { ...host.settings, sources, dataDirectory, switches: false },
    });
    const { report: { declared } } = await inspector.report();
    optional = union(
      ...needed.map((one) => inspector.declarationOf(one).optional),
    );
    granted = options.withOptional
      ? keepImportHosts(union(declared, optional), [jsrHost()])
      : declared;
    if (observes === "all") return ["--allow-all", "--no-prompt"];
    const flags = permissionFlags(granted, {
      noPrompt: false,
      ...ignoreEnv ? { ignoreEnv } : {},
    });
    return [
      ...minimumAge === undefined ? [] : [`--min-dep-age=${minimumAge}`],
      ...flags,
      "--no-prompt",
    ];
  }

  const { version: hostVersion } = host.settings;
  const config = Object.fromEntries(host.settings.config);
  const report = await runPlugin({
    job: {
      id,
      type,
      sources,
      hostVersion,
      config,
      methods,
      timeout,
      watchesEnv: observes !== undefined,
    },
    flagsFor,
    urls: codeUrls(plugin, needed),
    granted: () => granted,
    // The broker can deny a variable, and not make it read as unset.
    allows: ignoreEnv
      ? undefined
      : (entry) =>
        observes === "all" || isCovered(entry, union(granted, DEFAULT_IMPORTS)),
    files: await hostFiles({
      directory: plugin.directory,
      project: host.settings.workingDirectory,
    }),
    signal,
  });
  return {
    report,
    granted,
    optional,
    // No manifest has to declare the host of this package.
    allowed: union(granted, optional, { import: [jsrHost()] }),
    accesses: report.accesses ?? [],
  };
}

/**
 * Runs a plugin, and again with `--ignore-env` if it asked for an undeclared
 * variable: then it does not stop at the first one, and all are found.
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

function ignoreEnvNotes(
  first: Run,
  last: Run,
  attempts: readonly Problem[],
): readonly string[] {
  const failsWithout = first.report.result.problems.length > 0 &&
    last.report.result.problems.length === 0 &&
    attempts.every(({ path }) => path !== "permissions.env");
  if (!failsWithout) return [];
  const env = first.optional.env ?? [];
  const flags = formatFlags(permissionFlags({ env }, { noPrompt: false }));
  return [
    "It runs only if the host is started with --ignore-env, or with the " +
    `optional permissions: ${flags}`,
  ];
}

const TOO_MANY_ACCESSES: Problem = Object.freeze({
  code: "PLUGIN_PERMISSION_MISSING",
  message: "It used permissions too often for its accesses to be checked",
  remedy: "Find the loop that repeats the same access",
});

// The child is a program of this package, which may import from no server.
function refuseRemote({ manifest: { id }, code }: ReadPlugin): void {
  if (code.kind !== "module" || !/^https?:/.test(code.specifier)) return;
  throw new PluginError(`Cannot run plugin "${id}": it is on a server`, {
    code: "PLUGIN_SOURCE_UNREADABLE",
    remedy: "Download the plugin, and name its directory",
    pluginId: id,
  });
}

/** Runs a plugin with the plugins that it requires. */
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
  const accesses = new Map(
    runs.flatMap((run) => run.accesses)
      .map((access) => [permissionKey(access.entry), access]),
  );
  const attempts = undeclaredProblems(
    [...accesses.values()],
    // Each run has its own data directory.
    union(...runs.map(({ allowed }) => allowed)),
    { optional: first.optional, directory: plugin.directory },
  );
  const { flags, result: { problems, health, methods } } = last.report;
  const run: RunCheck = { flags, health, methods };
  const isUnread = runs.some(({ report }) => report.accesses === undefined);
  return {
    run,
    problems: [
      ...problems,
      ...healthProblems(run),
      ...attempts,
      ...isUnread ? [TOO_MANY_ACCESSES] : [],
    ],
    notes: ignoreEnvNotes(first, last, attempts),
  };
}
