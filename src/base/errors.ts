/**
 * The one table of error codes, and the shapes that carry them.
 *
 * A **refusal** is decided before any code of a plugin ran; a **failure** is
 * what went wrong after. Both are told as {@linkcode Problem}s; what is thrown
 * at a caller is a {@linkcode PluginError}.
 *
 * @module
 */

/**
 * Every code this package uses, with what it means.
 *
 * Codes are stable: a code is never reused for something else.
 */
export const PLUGIN_ERROR_CODES = {
  PLUGIN_MANIFEST_INVALID: "The manifest is not one that can be used",
  PLUGIN_SOURCE_UNREADABLE: "A source or its manifest cannot be read",
  PLUGIN_ID_CONFLICT: "Another plugin already bears this id",
  PLUGIN_PERMISSION_MISSING:
    "The process was not granted what the plugin declares",
  PLUGIN_HOST_INCOMPATIBLE: "The plugin does not support this host version",
  PLUGIN_DEPENDENCY_MISSING: "A required plugin is not there",
  PLUGIN_DEPENDENCY_VERSION: "A required plugin has another version",
  PLUGIN_DEPENDENCY_DISABLED: "A required plugin is disabled",
  PLUGIN_DEPENDENCY_FAILED: "A required plugin was refused or failed",
  PLUGIN_DEPENDENCY_CYCLE: "Plugins require each other in a circle",
  PLUGIN_DEPENDENCY_UNDECLARED:
    "A plugin asked for another that it does not require",
  PLUGIN_DEPENDENTS_LIVE: "Live plugins require this one",
  PLUGIN_CONFIG_INVALID: "The configuration is not one that the plugin accepts",
  PLUGIN_IMPORT_FAILED: "The plugin's module cannot be imported",
  PLUGIN_RESTART_REQUIRED:
    "The plugin's files changed since its code was imported",
  PLUGIN_MODULE_INVALID: "The plugin's module does not export a plugin",
  PLUGIN_SETUP_FAILED: "The plugin's setup threw",
  PLUGIN_CONTRACT_BROKEN: "The plugin does not have the methods of its type",
  PLUGIN_DISPOSE_FAILED: "The plugin's dispose threw",
  PLUGIN_HEALTH_FAILED: "The plugin's healthCheck threw",
  PLUGIN_CALL_FAILED: "A call of the plugin under a lease threw",
  PLUGIN_CRASHED: "The plugin threw outside of any call",
  PLUGIN_TIMEOUT: "The plugin did not settle within its time limit",
  PLUGIN_STATE_CORRUPT: "The stored state cannot be read and is not guessed",
  PLUGIN_STATE_UNWRITABLE: "The state cannot be written",
  PLUGIN_STATE_CONFLICT: "The stored state was changed by somebody else",
  PLUGIN_STATE_LOCKED: "The stored state is locked by another process",
  PLUGIN_STATE_TIMEOUT: "The state store did not settle within its time limit",
  PLUGIN_REENTRANT_LOAD: "A plugin's own code called into its host's life",
  PLUGIN_NOT_FOUND: "No plugin bears this id",
  PLUGIN_NOT_LIVE: "The plugin is known but not live",
  PLUGIN_HOST_DISPOSED: "The host was disposed",
  PLUGIN_OPTION_INVALID: "An option of this package has a value it cannot use",
  PLUGIN_ENVIRONMENT_INVALID: "An environment file cannot be used as it is",
  PLUGIN_AUDIT_UNAVAILABLE: "The audit trail cannot be written or read",
} as const;

/** A stable code from {@linkcode PLUGIN_ERROR_CODES}. */
export type PluginErrorCode = keyof typeof PLUGIN_ERROR_CODES;

/** One thing that is wrong: plain data, safe to clone, log and show. */
export type Problem = Readonly<{
  /** What kind of problem this is. */
  code: PluginErrorCode;
  /** What is the case, in one line. Holds no secret value. */
  message: string;
  /** What a person can do about it, in one line. */
  remedy: string;
  /** Where it is, e.g. `permissions.net[0]` in a manifest. */
  path?: string;
}>;

/** What {@linkcode PluginError} is made from besides its message. */
export interface PluginErrorOptions extends ErrorOptions {
  /** What kind of problem this is. */
  readonly code: PluginErrorCode;
  /** What a person can do about it. */
  readonly remedy: string;
  /** The plugin that it is about, if it is about one. */
  readonly pluginId?: string | undefined;
  /** Every problem, where there are several. */
  readonly problems?: readonly Problem[] | undefined;
}

/**
 * What this package throws at a caller.
 *
 * @example Telling a person what to do
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
  /** What kind of problem this is. */
  readonly code: PluginErrorCode;
  /** What a person can do about it. */
  readonly remedy: string;
  /** The plugin that it is about, if it is about one. */
  readonly pluginId: string | undefined;
  /** Every problem; at least one. */
  readonly problems: readonly Problem[];

  /**
   * Makes an error.
   *
   * @param message What is the case, in one line without a secret.
   * @param options The code, the remedy, and what else is known.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when there are no options.
   */
  constructor(message: string, options: PluginErrorOptions) {
    if (typeof options !== "object" || options === null) {
      // The message is kept: it tells what went wrong in the first place.
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
