/** Copies a configuration: with its references resolved, or to be shown. */

import type { Problem } from "../base/errors.ts";
import { copyJson, type JsonValue } from "../base/json.ts";
import type {
  ConfigNotice,
  ConfigReference,
  UnsetVariable,
} from "./config_findings.ts";
import { ConfigWalk, type ResolveConfigOptions } from "./config_walk.ts";

/** A configuration with its references resolved, or all problems with it. */
export type ResolvedConfig =
  | Readonly<{
    ok: true;
    /** A copy of the configuration, references replaced by values. */
    config: unknown;
    /** The resolved references. */
    references: readonly ConfigReference[];
    /** The references to variables without a value; their keys were left out. */
    unset: readonly UnsetVariable[];
    /** The settings that look like references but are not. */
    notices: readonly ConfigNotice[];
  }>
  | Readonly<{
    ok: false;
    /** The problems. They show no value of the configuration. */
    problems: readonly Problem[];
  }>;

/**
 * Replaces references by their values, in objects and arrays at any depth:
 *
 * - `api_key_env: "OPENAI_API_KEY"` becomes `api_key` with the value of that
 *   variable. `apiKeyEnv`, `API_KEY_ENV` and `api-key-env` keep their spelling.
 * - `authorization_env: "Bearer ${API_KEY}"` is composed of variables.
 * - `keys_env: ["KEY_A", "KEY_B"]` becomes the list `keys`.
 * - `api_key_file: "/run/secrets/key"` becomes `api_key` with the content of
 *   the file, if the option `files` is given.
 *
 * The manifest must declare each variable. If a variable is unset or empty, the
 * key is left out. A secret in plain text is a problem, whether its key or its
 * value gives it away. Plain objects and arrays are copied. Any other value is
 * passed unchanged. Never throws, and never changes its arguments.
 *
 * Reading a variable of the process needs `env` permission, and reading a file
 * needs `read` permission.
 *
 * @example References in three forms
 * ```ts
 * import {
 *   recordEnvironment,
 *   resolveConfigReferences,
 * } from "@semantik/plugins/environment";
 * import { assertEquals } from "@std/assert";
 *
 * const resolved = resolveConfigReferences({
 *   apiKeyEnv: "KEY",
 *   headers: { authorization_env: "Bearer ${KEY}" },
 *   keys_env: ["KEY"],
 * }, { environment: recordEnvironment({ KEY: "k1" }), declared: ["KEY"] });
 *
 * assertEquals(resolved.ok && resolved.config, {
 *   apiKey: "k1",
 *   headers: { authorization: "Bearer k1" },
 *   keys: ["k1"],
 * });
 * ```
 *
 * @param config The configuration: any value.
 * @param options Options.
 * @returns The configuration, or all problems at once.
 */
export function resolveConfigReferences(
  config: unknown,
  options: ResolveConfigOptions,
): ResolvedConfig {
  return resolveConfig(config, options).resolved;
}

/** Like {@linkcode resolveConfigReferences}, and also returns the secrets, for the host to mask. */
export function resolveConfig(
  config: unknown,
  options: ResolveConfigOptions,
): Readonly<{ resolved: ResolvedConfig; secrets: readonly string[] }> {
  const walk = new ConfigWalk(options);
  const copy = walk.copy(config);
  const { problems, references, unset, notices, secrets } = walk;
  return {
    secrets,
    resolved: problems.length > 0
      ? { ok: false, problems }
      : { ok: true, config: copy, references, unset, notices },
  };
}

/** A configuration without secrets. */
export interface ShownConfig {
  /**
   * The configuration: references are kept, and `[REDACTED]` replaces each secret
   * in plain text. `null` if it cannot be shown as JSON.
   */
  readonly value: JsonValue;
  /** The paths of the values that were replaced; empty if `value` is complete. */
  readonly hidden: readonly string[];
}

export function showConfig(
  config: unknown,
  options: ResolveConfigOptions,
): ShownConfig {
  const walk = new ConfigWalk(options, true);
  const copy = copyJson(walk.copy(config), "");
  const hidden = copy.ok ? walk.hidden : [...walk.hidden, copy.path];
  // A part that could not be read is missing from the copy.
  const isPartial = walk.problems.some(({ path }) => path === undefined);
  return Object.freeze({
    value: copy.ok ? copy.value : null,
    hidden: Object.freeze(isPartial ? [...hidden, ""] : hidden),
  });
}
