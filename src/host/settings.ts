/** Checks the options of a host, and completes them. */

import { type AuditLogger, createAuditLogger } from "../audit/audit_logger.ts";
import { systemClock } from "../base/timing.ts";
import { processEnvironment } from "../environment/environment.ts";
import { isRecord, PluginError } from "../base/errors.ts";
import { IMPORT_MODULE } from "../manifest/source_system.ts";
import { isVersion } from "../manifest/version.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import { normalizePermissions } from "../permissions/normalize_permissions.ts";
import { resolvePath } from "../base/path.ts";
import type {
  PermissionDeclaration,
  PermissionSet,
} from "../permissions/permission_set.ts";
import type { PermissionMode } from "../policy/checks.ts";
import { createFormsMask } from "../secrets/tokens.ts";
import { MemoryStateStore } from "../state/memory_state_store.ts";
import type { StateStore } from "../state/state_store.ts";
import { quote } from "../base/text.ts";
import { checkOptionKinds } from "./check_options.ts";
import {
  denoHostSystem,
  HOST_SYSTEM,
  type PretendedOptions,
} from "../inspect/host_system.ts";
import type { InspectionSettings } from "../inspect/settings.ts";
import type { HealthOptions } from "./measure_health.ts";
import type { PluginHostOptions } from "./options.ts";
import type { AnyContract } from "./contract.ts";
import { logToStderr, type PluginLogSink } from "./plugin_log.ts";
import type { PluginTimeouts } from "../runners/runner.ts";
import {
  DEFAULT_HOST_TIMEOUTS,
  type HostTimeouts,
  MAX_TIMEOUT,
} from "./timeouts.ts";

export interface HostSettings extends InspectionSettings {
  readonly name: string;
  readonly contracts: ReadonlyMap<string, AnyContract>;
  readonly maskForms: ((text: string) => string) | undefined;
  readonly audit: AuditLogger;
  /** The audit logger, if the host created it and must close it. */
  readonly ownedAudit: AuditLogger | undefined;
  readonly state: StateStore;
  readonly timeouts: HostTimeouts;
  readonly health: Required<HealthOptions>;
  readonly onProblem: "report" | "throw";
  readonly containCrashes: boolean;
  readonly log: PluginLogSink;
}

const MODES: readonly PermissionMode[] = ["enforce", "prompt", "report"];

function invalid(option: string, fault: string, remedy: string): PluginError {
  return new PluginError(`Cannot create host: option "${option}" ${fault}`, {
    code: "PLUGIN_OPTION_INVALID",
    remedy,
  });
}

/** Reads an option with few values. */
function readChoice<Choice extends string>(
  option: string,
  value: Choice,
  choices: readonly Choice[],
): Choice {
  if (choices.includes(value)) return value;
  throw invalid(
    option,
    `is ${quote(String(value))}`,
    `Pass one of ${choices.join(", ")}`,
  );
}

type Limit = keyof PluginTimeouts | "state" | "close";

const PLUGIN_LIMITS: readonly Limit[] = ["load", "setup", "health", "dispose"];

function readLimits(
  given: unknown,
  names: readonly Limit[],
  option: string,
): Partial<Record<Limit, number>> {
  if (!isRecord(given)) throw noLimits(option);
  const limits: Partial<Record<Limit, number>> = {};
  for (const [key, value] of Object.entries(given)) {
    const name = names.find((one) => one === key);
    if (name === undefined) {
      throw invalid(
        `${option}[${quote(key)}]`,
        "is not a time limit",
        `Pass one of ${names.join(", ")}`,
      );
    }
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value > 0 && value <= MAX_TIMEOUT)) {
      throw invalid(
        `${option}.${name}`,
        `is ${value}`,
        `Pass milliseconds from 1 to ${MAX_TIMEOUT}`,
      );
    }
    limits[name] = value;
  }
  return limits;
}

function noLimits(option: string): PluginError {
  return invalid(
    option,
    "is not an object",
    'Pass limits by id: { "id": { setup: 30_000 } }',
  );
}

function readTimeouts(
  { plugins = {}, ...others }: Partial<HostTimeouts>,
): HostTimeouts {
  if (!isRecord(plugins)) throw noLimits("timeouts.plugins");
  const single = Object.entries(plugins).map(([id, limits]) => {
    const option = `timeouts.plugins[${quote(id)}]`;
    return [id, readLimits(limits, PLUGIN_LIMITS, option)] as const;
  });
  return Object.freeze({
    ...DEFAULT_HOST_TIMEOUTS,
    ...readLimits(others, [...PLUGIN_LIMITS, "state", "close"], "timeouts"),
    plugins: Object.freeze(Object.fromEntries(single)),
  });
}

function readHealth(
  { threshold = 1, recordEvery = Infinity }: HealthOptions,
): Required<HealthOptions> {
  if (!(Number.isSafeInteger(threshold) && threshold >= 1)) {
    throw invalid(
      "health.threshold",
      `is ${threshold}`,
      "Pass a whole number of checks, from 1",
    );
  }
  if (!(typeof recordEvery === "number" && recordEvery >= 0)) {
    throw invalid(
      "health.recordEvery",
      `is ${recordEvery}`,
      "Pass milliseconds, from 0",
    );
  }
  return Object.freeze({ threshold, recordEvery });
}

function readHostPermissions(
  declaration: PermissionDeclaration,
  directory: string,
): PermissionSet {
  const code = "PLUGIN_OPTION_INVALID";
  const problems = checkDeclaration(declaration, "hostPermissions")
    .map((problem) => ({ ...problem, code } as const));
  const [first] = problems;
  if (first === undefined) {
    return normalizePermissions(declaration, { directory });
  }
  const { path, message, remedy } = first;
  throw new PluginError(
    `Cannot create host: option "${path}": ${message}`,
    { code, remedy, problems },
  );
}

/** Checks and completes the options; throws `PLUGIN_OPTION_INVALID` if one is invalid. */
export function readOptions(
  options: PluginHostOptions & PretendedOptions,
): HostSettings {
  checkOptionKinds(options);
  const {
    name,
    version,
    permissions = "enforce",
    onProblem = "report",
    secretDirectories = ["/run/secrets"],
    dataDirectory,
    [HOST_SYSTEM]: system = denoHostSystem,
  } = options;
  if (typeof name !== "string" || name === "") {
    throw invalid("name", "is missing", "Pass the name of the application");
  }
  if (typeof version !== "string" || !isVersion(version)) {
    throw invalid(
      "version",
      `is ${quote(String(version))}`,
      "Pass the version of the application, as semver, e.g. 1.0.0",
    );
  }
  const workingDirectory = Deno.cwd();
  const audit = options.audit ?? createAuditLogger();
  return Object.freeze({
    name,
    version,
    permissions: readChoice("permissions", permissions, MODES),
    onProblem: readChoice("onProblem", onProblem, ["report", "throw"]),
    switches: options.switches ?? true,
    workingDirectory,
    importModule: options.importModule,
    remoteRemedy: `Pass ${IMPORT_MODULE}`,
    sources: [...options.sources ?? []],
    builtins: [...options.builtins ?? []],
    contracts: new Map(Object.entries(options.contracts ?? {})),
    config: new Map(Object.entries(options.config ?? {})),
    maskForms: createFormsMask(options.redact ?? {}),
    secretDirectories: secretDirectories !== false &&
      secretDirectories.map((path) => resolvePath(path, workingDirectory)),
    allowRawSecrets: options.allowRawSecrets ?? false,
    hostPermissions: readHostPermissions(
      options.hostPermissions ?? {},
      workingDirectory,
    ),
    environment: options.environment ??
      processEnvironment({ broker: system.hasBroker() }),
    dataDirectory: dataDirectory === undefined
      ? undefined
      : resolvePath(dataDirectory, workingDirectory),
    audit,
    ownedAudit: options.audit === undefined ? audit : undefined,
    state: options.state ?? new MemoryStateStore(),
    timeouts: readTimeouts(options.timeouts ?? {}),
    health: readHealth(options.health ?? {}),
    containCrashes: options.containCrashes ?? true,
    log: options.log ?? logToStderr,
    clock: options.clock ?? systemClock,
    system,
  });
}
