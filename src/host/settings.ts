/** Checks the types of a host's options. */

import { type AuditLogger, createAuditLogger } from "../audit/audit_logger.ts";
import {
  argumentError,
  hasMethods,
  isRecord,
  PluginError,
  requireOptions,
  schemaRemedy,
} from "../base/errors.ts";
import { resolvePath } from "../base/path.ts";
import { quote } from "../base/text.ts";
import { systemClock } from "../base/timing.ts";
import { processEnvironment } from "../environment/environment.ts";
import {
  denoHostSystem,
  HOST_SYSTEM,
  type InspectionSettings,
  type PretendedOptions,
  type Verification,
  verificationOf,
} from "../inspect/inspection.ts";
import { IMPORT_MODULE } from "../manifest/source_system.ts";
import { isVersion } from "../manifest/version.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import { normalizePermissions } from "../permissions/normalize_permissions.ts";
import type {
  PermissionDeclaration,
  PermissionSet,
} from "../permissions/permission_set.ts";
import type { PermissionMode } from "../policy/checks.ts";
import {
  factoryOf,
  type PluginTimeouts,
  type RunnerChoice,
} from "../runners/runner.ts";
import { createFormsMask } from "../secrets/tokens.ts";
import { MemoryStateStore } from "../state/memory_state_store.ts";
import type { StateStore } from "../state/state_store.ts";
import {
  type AnyContract,
  DEFAULT_HOST_TIMEOUTS,
  type HostTimeouts,
  isListOfMethods,
  logToStderr,
  MAX_TIMEOUT,
  type PluginHostOptions,
  type PluginLogSink,
} from "./options.ts";
import type { HealthOptions } from "./registry.ts";

type Fits = (value: unknown) => boolean;

type Kind = readonly [
  expected: string,
  remedy: string | ((value: unknown) => string),
  fits: Fits,
];

const isFunction: Fits = (value) => typeof value === "function";

function methods(...names: readonly string[]): Fits {
  return (value) => hasMethods(value, ...names);
}

function listOf(fits: Fits): Fits {
  return (value) => Array.isArray(value) && value.every(fits);
}

const isListOfText = listOf((one) => typeof one === "string");

function isContract(value: unknown): boolean {
  const isObject = typeof value === "object" || typeof value === "function";
  if (!isObject || value === null) return false;
  return hasMethods(Reflect.get(value, "~standard"), "validate") ||
    isListOfMethods(Reflect.get(value, "methods"));
}

function isPath(value: unknown): boolean {
  return value instanceof URL
    ? value.protocol === "file:"
    : typeof value === "string" && value !== "" && !value.includes("\0");
}

function contractRemedy(value: unknown): string {
  const call = 'Pass contracts: { embedding: contract("embed") }';
  if (!isRecord(value)) return call;
  const wrong: unknown = Object.values(value).find((one) => !isContract(one));
  const isSchema = isFunction(wrong) ||
    ["parse", "validate", "_run"].some((name) => hasMethods(wrong, name));
  return isSchema ? schemaRemedy(wrong) : call;
}

function flag(example: string): Kind {
  return [
    "true or false",
    `Pass ${example}, or leave it out`,
    (value) => typeof value === "boolean",
  ];
}

function isRunnerChoice(value: unknown): boolean {
  if (isFunction(value)) return true;
  return isRecord(value) && factoryOf(value) !== undefined;
}

const isTracer = methods("startActiveSpan");
const isMeter = methods(
  "createCounter",
  "createHistogram",
  "createUpDownCounter",
);

function isTelemetryChoice(value: unknown): boolean {
  if (value === "global") return true;
  if (!isRecord(value)) return false;
  const { tracer, meter, traceCalls } = value;
  const fits = (one: unknown, test: Fits) =>
    one === undefined || one === "global" || test(one);
  return (tracer !== undefined || meter !== undefined) &&
    fits(tracer, isTracer) && fits(meter, isMeter) &&
    (traceCalls === undefined || typeof traceCalls === "boolean");
}

const KINDS: Partial<Readonly<Record<keyof PluginHostOptions, Kind>>> = {
  sources: [
    "a list of paths and URLs",
    'Pass sources: ["./plugins"]',
    listOf((one) => typeof one === "string" || one instanceof URL),
  ],
  builtins: [
    "a list of objects with a manifest and a plugin",
    "Pass builtins: [{ manifest, plugin }]",
    listOf(isRecord),
  ],
  runner: [
    "a runner, or a function that returns one",
    'Pass runner: subprocess(), from "@semantik/plugins/subprocess"',
    isRunnerChoice,
  ],
  audit: [
    "an audit logger",
    "Pass audit: createAuditLogger({ handlers: [handler] })",
    methods("log", "protect", "redactWith"),
  ],
  state: [
    "a state store",
    'Pass state: new FileStateStore("./plugin_state.json")',
    methods("read", "update"),
  ],
  environment: [
    "an environment",
    'Pass environment: readDotenv(".env"), or recordEnvironment({ NAME: "value" })',
    methods("get", "toRecord", "supplies", "permits"),
  ],
  contracts: [
    "contracts by type",
    contractRemedy,
    (value) => isRecord(value) && Object.values(value).every(isContract),
  ],
  config: [
    "configurations by id",
    'Pass config: { "id": { key: "value" } }',
    isRecord,
  ],
  secretDirectories: [
    "a list of directories, or false",
    'Pass secretDirectories: ["/run/secrets"]',
    (value) => value === false || isListOfText(value),
  ],
  dataDirectory: [
    "the path of a directory",
    'Pass dataDirectory: "./plugin_data"',
    (value) => typeof value === "string" && value !== "",
  ],
  redact: [
    "an object",
    'Pass redact: { forms: [{ name: "acme", prefixes: ["acme_"], body: "[a-z]{32}" }] }',
    isRecord,
  ],
  timeouts: [
    "an object",
    "Pass timeouts: { setup: 10_000 }, in milliseconds",
    isRecord,
  ],
  follow: [
    "an object",
    "Pass follow: {}, or follow: { poll: 5_000 }, in milliseconds",
    isRecord,
  ],
  health: ["an object", "Pass health: { threshold: 3 }", isRecord],
  log: [
    "a function",
    "Pass log: (pluginId, level, message) => {}",
    isFunction,
  ],
  clock: [
    "a clock",
    "Pass an object with the methods now, elapsed and after",
    methods("now", "elapsed", "after"),
  ],
  ask: [
    "a function",
    "Pass ask: async (question, { signal }) => ({ allow: false })",
    isFunction,
  ],
  digestOf: [
    "a function",
    "Pass digestOf: treeDigest, from @semantik/plugins/provenance",
    isFunction,
  ],
  telemetry: [
    '"global", or an object with a tracer and a meter',
    'Pass telemetry: "global", or { tracer, meter } of OpenTelemetry',
    isTelemetryChoice,
  ],
  lock: ["a path", 'Pass lock: "./plugins.lock.json"', isPath],
  trust: ["a path", 'Pass trust: "./plugins.trust.json"', isPath],
  store: ["a path", 'Pass store: "./plugin_store"', isPath],
  importModule: [
    "a function",
    `Pass ${IMPORT_MODULE}`,
    isFunction,
  ],
  allowRawSecrets: flag("allowRawSecrets: true"),
  containCrashes: flag("containCrashes: false"),
  switches: flag("switches: false"),
  recordUnused: flag("recordUnused: true"),
};

/** Throws `PLUGIN_OPTION_INVALID` if an option has the wrong type. */
function checkOptionKinds(options: PluginHostOptions): void {
  requireOptions(
    options,
    "create host",
    'new PluginHost({ name: "app", version: "1.0.0" })',
  );
  for (const [name, [expected, remedy, fits]] of Object.entries(KINDS)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || fits(value)) continue;
    throw argumentError(value, {
      expected,
      remedy: typeof remedy === "string" ? remedy : remedy(value),
      action: `create host: option "${name}"`,
    });
  }
}

export interface HostSettings extends InspectionSettings {
  readonly name: string;
  readonly contracts: ReadonlyMap<string, AnyContract>;
  readonly maskForms: ((text: string) => string) | undefined;
  readonly audit: AuditLogger;
  /** The audit logger, if the host created it and must close it. */
  readonly ownedAudit: AuditLogger | undefined;
  readonly state: StateStore;
  readonly follow: FollowSettings | undefined;
  readonly timeouts: HostTimeouts;
  readonly health: Required<HealthOptions>;
  readonly onProblem: "report" | "throw";
  readonly recordUnused: boolean;
  readonly containCrashes: boolean;
  readonly log: PluginLogSink;
  readonly runner: RunnerChoice | undefined;
  readonly ask: PluginHostOptions["ask"];
  readonly telemetry: PluginHostOptions["telemetry"];
}

type FollowOptions = NonNullable<PluginHostOptions["follow"]>;

/** The rules for following the store; `undefined` to follow nothing. */
export type FollowSettings =
  & Readonly<Required<Omit<FollowOptions, "copy">>>
  & Pick<FollowOptions, "copy">;

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

type Limit = keyof PluginTimeouts | "ask" | "state" | "close";

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
    ...readLimits(
      others,
      [...PLUGIN_LIMITS, "ask", "state", "close"],
      "timeouts",
    ),
    plugins: Object.freeze(Object.fromEntries(single)),
  });
}

const FOLLOW_DEFAULTS = {
  poll: 5_000,
  staleAfter: 60_000,
  onStale: "keep",
} as const;

function readFollow(given: FollowOptions): FollowSettings {
  const { copy, ...others } = given;
  const names = Object.keys(FOLLOW_DEFAULTS);
  for (const name of Object.keys(others)) {
    if (names.includes(name)) continue;
    throw invalid(
      `follow[${quote(name)}]`,
      "is unknown",
      `Pass one of ${[...names, "copy"].join(", ")}`,
    );
  }
  const {
    poll = FOLLOW_DEFAULTS.poll,
    staleAfter = FOLLOW_DEFAULTS.staleAfter,
    onStale = FOLLOW_DEFAULTS.onStale,
  } = others;
  for (const [name, value] of Object.entries({ poll, staleAfter })) {
    if (typeof value === "number" && value >= 1 && value <= MAX_TIMEOUT) {
      continue;
    }
    throw invalid(
      `follow.${name}`,
      `is ${value}`,
      `Pass milliseconds from 1 to ${MAX_TIMEOUT}`,
    );
  }
  if (copy !== undefined && !hasMethods(copy, "read", "replace")) {
    throw invalid(
      "follow.copy",
      "is not a store that keeps copies",
      'Pass copy: new FileStateStore("./last_state.json")',
    );
  }
  return Object.freeze({
    poll,
    staleAfter,
    onStale: readChoice("follow.onStale", onStale, ["keep", "disable"]),
    ...copy === undefined ? {} : { copy },
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

/** Reads the options by which sources are verified. */
function readVerification(
  options: Pick<PluginHostOptions, "lock" | "trust" | "store">,
  directory: string,
): Verification | undefined {
  const verification = verificationOf(options, directory);
  if (verification !== undefined || options.store === undefined) {
    return verification;
  }
  throw invalid(
    "store",
    "has no use without a lock or a trust file",
    'Pass lock: "./plugins.lock.json" too',
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
    consent = "none",
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
  const verification = readVerification(options, workingDirectory);
  return Object.freeze({
    name,
    version,
    permissions: readChoice("permissions", permissions, MODES),
    consent: {
      mode: readChoice("consent", consent, ["none", "required"]),
      // A verified plugin has the digest of its copy.
      byDigest: options.digestOf !== undefined || verification !== undefined,
    },
    verification,
    digestOf: options.digestOf,
    ask: options.ask,
    telemetry: options.telemetry,
    onProblem: readChoice("onProblem", onProblem, ["report", "throw"]),
    switches: options.switches ?? true,
    recordUnused: options.recordUnused ?? false,
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
    follow: options.follow === undefined
      ? undefined
      : readFollow(options.follow),
    timeouts: readTimeouts(options.timeouts ?? {}),
    health: readHealth(options.health ?? {}),
    containCrashes: options.containCrashes ?? true,
    log: options.log ?? logToStderr,
    runner: options.runner,
    clock: options.clock ?? systemClock,
    system,
  });
}
