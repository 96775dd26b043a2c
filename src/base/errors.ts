/**
 * The error codes of this package and their meaning. Codes are stable: a code
 * never gets another meaning.
 */
export const PLUGIN_ERROR_CODES = {
  PLUGIN_MANIFEST_INVALID: "The manifest is invalid",
  PLUGIN_SOURCE_UNREADABLE: "A source or its manifest cannot be read",
  PLUGIN_ID_CONFLICT: "Another plugin already has this id",
  PLUGIN_INTEGRITY_UNLOCKED: "The plugin is not in the lock",
  PLUGIN_INTEGRITY_BROKEN: "The plugin is not as in the lock",
  PLUGIN_LOCK_INVALID: "The lock is invalid",
  PLUGIN_TRUST_INVALID: "The trust file is invalid",
  PLUGIN_TRUST_INSUFFICIENT:
    "The operator lets no plugin of this trust do what it would do",
  PLUGIN_SIGNATURE_WRONG: "The signature of the plugin is wrong",
  PLUGIN_SIGNATURE_UNCHECKED: "The signature of the plugin cannot be checked",
  PLUGIN_REVOKED: "The plugin, or the key of its publisher, is revoked",
  PLUGIN_PERMISSION_MISSING:
    "The process lacks a permission that the plugin declares",
  PLUGIN_CONSENT_MISSING: "Nobody agreed to what the plugin declares",
  PLUGIN_PERMISSION_REVOKED: "A permission of the plugin was taken back",
  PLUGIN_HOST_INCOMPATIBLE: "The plugin does not support this host version",
  PLUGIN_DEPENDENCY_MISSING: "A required plugin is missing",
  PLUGIN_DEPENDENCY_VERSION: "A required plugin has another version",
  PLUGIN_DEPENDENCY_DISABLED: "A required plugin is disabled",
  PLUGIN_DEPENDENCY_FAILED: "A required plugin was refused or failed",
  PLUGIN_DEPENDENCY_CYCLE: "Plugins require each other in a cycle",
  PLUGIN_DEPENDENCY_UNDECLARED:
    "A plugin used another that it does not require",
  PLUGIN_DEPENDENTS_LIVE: "Live plugins require this one",
  PLUGIN_CONFIG_INVALID: "The plugin does not accept the configuration",
  PLUGIN_IMPORT_FAILED: "The plugin's module cannot be imported",
  PLUGIN_RESTART_REQUIRED:
    "The plugin's files changed since its code was imported",
  PLUGIN_MODULE_INVALID: "The plugin's module does not export a plugin",
  PLUGIN_SETUP_FAILED: "The plugin's setup threw",
  PLUGIN_CONTRACT_BROKEN: "The plugin lacks methods of its type",
  PLUGIN_DISPOSE_FAILED: "The plugin's dispose threw",
  PLUGIN_HEALTH_FAILED: "The plugin's healthCheck threw",
  PLUGIN_CALL_FAILED: "A leased call to the plugin threw",
  PLUGIN_CRASHED:
    "The plugin threw outside of any call, or its process ended by itself",
  PLUGIN_NOT_TRANSFERABLE: "A value cannot be passed to another process",
  PLUGIN_PROTOCOL_BROKEN: "The plugin's process sent an invalid message",
  PLUGIN_LIMIT_EXCEEDED: "The plugin's process exceeded a limit",
  PLUGIN_RUNNER_UNAVAILABLE: "The plugin's process cannot be started",
  PLUGIN_TIMEOUT: "The plugin did not settle within its time limit",
  PLUGIN_STATE_CORRUPT: "The stored state cannot be read",
  PLUGIN_STATE_UNWRITABLE: "The state cannot be written",
  PLUGIN_STATE_CONFLICT: "Another process changed the stored state first",
  PLUGIN_STATE_LOCKED: "Another process has locked the stored state",
  PLUGIN_STATE_TIMEOUT: "The state store did not settle within its time limit",
  PLUGIN_STATE_UNREACHABLE: "The state store cannot be reached",
  PLUGIN_STATE_REVERTED: "The state store lost what it had",
  PLUGIN_STATE_STALE: "The state store could not be read for too long",
  PLUGIN_REENTRANT_LOAD: "A plugin's own code called its host",
  PLUGIN_NOT_FOUND: "No plugin has this id",
  PLUGIN_NOT_LIVE: "The plugin is known but not live",
  PLUGIN_HOST_DISPOSED: "The host was disposed",
  PLUGIN_OPTION_INVALID: "An option has an invalid value",
  PLUGIN_ENVIRONMENT_INVALID: "An environment file is invalid",
  PLUGIN_AUDIT_UNAVAILABLE: "The audit trail cannot be written or read",
} as const;

/** A stable code from {@linkcode PLUGIN_ERROR_CODES}. */
export type PluginErrorCode = keyof typeof PLUGIN_ERROR_CODES;

/**
 * One problem: plain data, safe to clone, log and show. A **refusal** is decided
 * before any code of a plugin runs; a **failure** is a problem after that.
 */
export type Problem = Readonly<{
  /** The code. */
  code: PluginErrorCode;
  /** The problem in one line, without secrets. */
  message: string;
  /** The way to solve it, in one line. */
  remedy: string;
  /** The place of the problem, e.g. `permissions.net[0]` in a manifest. */
  path?: string;
}>;

/** Options of the {@linkcode PluginError} constructor. */
export interface PluginErrorOptions extends ErrorOptions {
  /** The code. */
  readonly code: PluginErrorCode;
  /** The way to solve it. */
  readonly remedy: string;
  /** The id of the plugin, if the error is about one. */
  readonly pluginId?: string | undefined;
  /**
   * All problems.
   *
   * @default {undefined} the error itself is the only problem
   */
  readonly problems?: readonly Problem[] | undefined;
}

/**
 * The error that this package throws.
 *
 * @example Handle an error
 * ```ts
 * import { PluginError } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new PluginError('Cannot use plugin "x": it is not loaded', {
 *   code: "PLUGIN_NOT_LIVE",
 *   pluginId: "x",
 *   remedy: "Load it first",
 * });
 *
 * assertEquals(error.code, "PLUGIN_NOT_LIVE");
 * assertEquals(error.remedy, "Load it first");
 * ```
 */
export class PluginError extends Error {
  /** Always `"PluginError"`. */
  override readonly name = "PluginError";
  /** The code. */
  readonly code: PluginErrorCode;
  /** The way to solve it. */
  readonly remedy: string;
  /** The id of the plugin, if the error is about one. */
  readonly pluginId: string | undefined;
  /** All problems; at least one. */
  readonly problems: readonly Problem[];

  /**
   * Makes an error.
   *
   * @param message The problem in one line, without secrets.
   * @param options The code, the remedy and more.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when there are no options.
   */
  constructor(message: string, options: PluginErrorOptions) {
    if (typeof options !== "object" || options === null) {
      // The message names the first fault: it is kept.
      throw new PluginError(`${message} (a PluginError without options)`, {
        code: "PLUGIN_OPTION_INVALID",
        remedy: "Give the code and the remedy: new PluginError(message, " +
          '{ code: "PLUGIN_SETUP_FAILED", remedy: "What to do" })',
      });
    }
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = options.code;
    this.remedy = options.remedy;
    this.pluginId = options.pluginId;
    this.problems = options.problems ??
      [{ code: options.code, message, remedy: options.remedy }];
  }
}

// By the text of an error of Deno's loader.
const LOADER_REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /newer than the specified minimum dependency date/,
    "Wait until the version is 24 hours old, or start the host with " +
    '--min-dep-age=0 or with "minimumDependencyAge": "0" in its deno.json',
  ],
  [
    /The lockfile is out of date/,
    "Run deno cache with the host's module and what the plugin imports, so " +
    "that deno.lock has it. Until then, plugins that are imported later may " +
    "fail as well",
  ],
  [
    /--cached-only is specified/,
    "Run deno cache with it while the network is in reach",
  ],
];

/** Returns the remedy for what Deno's loader says, if it needs one of its own. */
export function loaderRemedy(description: string): string | undefined {
  return LOADER_REMEDIES.find(([pattern]) => pattern.test(description))?.[1];
}

// Shows nothing of the value: it may be a secret.
function describeKind(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty text";
  if (Array.isArray(value)) return "a list";
  if (value instanceof URL) return "a URL";
  if (typeof value === "string") return "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Makes the error for an argument of the wrong kind, for callers without TypeScript. */
export function argumentError(
  given: unknown,
  { action, expected, remedy }: {
    /** The action that fails, e.g. `open audit log`. */
    readonly action: string;
    /** The expected kind, e.g. `a path`. */
    readonly expected: string;
    readonly remedy: string;
  },
): PluginError {
  return new PluginError(
    `Cannot ${action}: expected ${expected}, got ${describeKind(given)}`,
    { code: "PLUGIN_OPTION_INVALID", remedy },
  );
}

/** Tests if a value is an object, and neither a list nor a function. */
export function isRecord(
  value: unknown,
): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tests if a value has all of these methods. */
export function hasMethods(value: unknown, ...names: string[]): boolean {
  return typeof value === "object" && value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === "function");
}

/** Throws unless an argument is a path; `call` shows a correct call. */
export function requirePath(path: unknown, action: string, call: string): void {
  if (typeof path === "string" && path !== "") return;
  const remedy = `Give the path first, as in ${call}`;
  throw argumentError(path, { action, expected: "a path", remedy });
}

/** Throws unless an argument is an object; `call` shows a correct call. */
export function requireOptions(
  options: unknown,
  action: string,
  call: string,
): void {
  if (isRecord(options)) return;
  const remedy = `Give an object, as in ${call}`;
  throw argumentError(options, { action, expected: "options", remedy });
}

/** Makes one error of problems: with the message of the first, and all of them. */
export function errorOf(
  id: string,
  problems: readonly Problem[],
  cause?: unknown,
): PluginError {
  const [first] = problems;
  return new PluginError(first?.message ?? `Cannot use plugin "${id}"`, {
    code: first?.code ?? "PLUGIN_NOT_LIVE",
    pluginId: id,
    remedy: first?.remedy ?? "See the audit trail",
    problems,
    ...cause === undefined
      ? {}
      : { cause: cause instanceof PluginError ? cause.cause : cause },
  });
}

/** The shape that a host accepts from any library. */
const STANDARD =
  '{ "~standard": { version: 1, vendor: "own", validate: (value) => ({ value }) } }';

const ANY =
  "Use a schema of a library that implements https://standardschema.dev, such " +
  "as zod 3.24, valibot 1.0 or ArkType 2.0, or newer";

function has(schema: object, ...names: readonly PropertyKey[]): boolean {
  return names.every((name) => Reflect.get(schema, name) !== undefined);
}

/** Properties of a library's schemas, and its first version with Standard Schema. */
const LIBRARIES: readonly (readonly [
  marks: readonly PropertyKey[],
  remedy: string,
])[] = [
  [["safeParse", "_def"], "Use zod 3.24 or newer"],
  [["kind", "type", "_run"], "Use valibot 1.0 or newer"],
  [["_parse", "async"], "Use valibot 1.0 or newer"],
  [["allows", "infer"], "Use ArkType 2.0 or newer"],
  [["__isYupSchema__"], "Use yup 1.7 or newer"],
  [[Symbol.for("@hapi/joi/schema")], "Use joi 18 or newer"],
  [["ast", "pipe", "annotations"], "Use Schema.standardSchemaV1(schema)"],
  [["coercer", "validator"], `Superstruct has none: wrap it in ${STANDARD}`],
];

const JSON_SCHEMA_KEYS = ["$schema", "$ref", "properties", "anyOf", "oneOf"];
const JSON_TYPES = [
  "object",
  "string",
  "number",
  "integer",
  "boolean",
  "array",
  "null",
];

function isJsonSchema(schema: object): boolean {
  return JSON_TYPES.some((type) => Reflect.get(schema, "type") === type) ||
    JSON_SCHEMA_KEYS.some((key) => has(schema, key));
}

/**
 * Returns the remedy for a schema that is no Standard Schema. Throws whatever the
 * schema's own code throws.
 */
export function schemaRemedy(schema: unknown): string {
  const isFunction = typeof schema === "function";
  if (!isFunction && (typeof schema !== "object" || schema === null)) {
    return ANY;
  }
  for (const [marks, remedy] of LIBRARIES) {
    if (has(schema, ...marks)) return remedy;
  }
  if (isFunction) {
    return `A function is not a schema: call it from validate in ${STANDARD}`;
  }
  return isJsonSchema(schema)
    ? `A JSON Schema validates nothing by itself: call its validator from validate in ${STANDARD}`
    : ANY;
}
