/**
 * A configuration that names variables instead of holding secrets.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { ConfigWalk, type UnsetVariable } from "./config_walk.ts";
import type { ConfigNotice, ConfigReference } from "./config_walk.ts";
import type { Environment } from "./environment.ts";
import type { DeclaredVariables } from "./plugin_environment.ts";
import type { SecretFiles } from "./secret_files.ts";

/** Options of {@linkcode resolveConfigReferences}. */
export interface ResolveConfigOptions {
  /** Where the variables are. */
  readonly environment: Environment;
  /** What the manifest declares under `permissions.env`, required and optional. */
  readonly declared: DeclaredVariables;
  /**
   * Reads the files that keys such as `api_key_file` name; see
   * {@linkcode secretFiles}. Without it such a key is an ordinary setting.
   *
   * @default {undefined}
   */
  readonly files?: SecretFiles | undefined;
  /**
   * Tells further values that are secret, besides those of a known form.
   *
   * @default {undefined}
   */
  readonly isSecret?: ((text: string) => boolean) | undefined;
  /**
   * Whether a secret may stand in the configuration as it is.
   *
   * @default {false}
   */
  readonly allowRawSecrets?: boolean | undefined;
  /**
   * The plugin that it is for, for messages.
   *
   * @default {undefined}
   */
  readonly pluginId?: string | undefined;
}

/** A configuration with its references resolved, or every problem with it. */
export type ResolvedConfig =
  | Readonly<{
    ok: true;
    /** A copy of the configuration, references replaced by values. */
    config: unknown;
    /** The references that were resolved. */
    references: readonly ConfigReference[];
    /** The references whose variable is not set: their keys were left out. */
    unset: readonly UnsetVariable[];
    /** What looks like a reference and is none. */
    notices: readonly ConfigNotice[];
  }>
  | Readonly<{
    ok: false;
    /** Everything that is wrong; no value of the configuration is in it. */
    problems: readonly Problem[];
  }>;

/**
 * Replaces references by their values, in objects and arrays at any depth:
 *
 * - `api_key_env: "OPENAI_API_KEY"` becomes `api_key` with the value of that
 *   variable; so do `apiKeyEnv`, `API_KEY_ENV` and `api-key-env` in their
 *   spelling.
 * - `authorization_env: "Bearer ${API_KEY}"` is composed of variables.
 * - `keys_env: ["KEY_A", "KEY_B"]` becomes the list `keys`.
 * - `api_key_file: "/run/secrets/key"` becomes `api_key` with the content of
 *   the file, with the option `files`.
 *
 * Only variables that the manifest declares may be named. A variable that is
 * unset or empty leaves the key out. Secrets that the configuration holds as
 * they are, by their key or by their value, are refused. Plain objects and
 * arrays are read and copied; anything else is passed on as it is. Never
 * throws, and changes nothing of its arguments.
 *
 * Needs no permission itself; reading a variable of the process needs `env`,
 * reading a file `read`.
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
 * @param config The configuration, whatever it is.
 * @param options Options.
 * @returns The configuration, or every problem at once.
 */
export function resolveConfigReferences(
  config: unknown,
  options: ResolveConfigOptions,
): ResolvedConfig {
  return resolveConfig(config, options).resolved;
}

/**
 * Does what {@linkcode resolveConfigReferences} does, and tells the secrets of
 * the result, for a host that keeps them out of what it shows.
 *
 * @param config The configuration, whatever it is.
 * @param options Options.
 * @returns The result, and the values in it that are secret.
 */
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
