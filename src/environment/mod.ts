/**
 * The environment of plugins: variables without secrets, `.env` files, layered
 * sources, and references in configurations.
 *
 * @example Removing secrets from two layers of variables
 * ```ts
 * import {
 *   getSanitizedEnvironment,
 *   layerEnvironments,
 *   recordEnvironment,
 * } from "@semantik/plugins/environment";
 * import { assertEquals } from "@std/assert";
 *
 * const source = layerEnvironments(
 *   recordEnvironment({ MODEL: "large" }),
 *   recordEnvironment({ MODEL: "small", OPENAI_API_KEY: "sk-1" }),
 * );
 *
 * assertEquals(getSanitizedEnvironment({ source }), { MODEL: "large" });
 * ```
 *
 * @module
 */

import "../base/require_deno.ts";

export type { PluginErrorCode, Problem } from "../base/errors.ts";
export {
  SENSITIVE_ENV_PATTERNS,
  SENSITIVE_ENV_WORDS,
} from "../secrets/secret_names.ts";
export type { WithheldReason } from "../secrets/secret_names.ts";
export type {
  ConfigNotice,
  ConfigReference,
  UnsetVariable,
} from "./config_findings.ts";
export type { ResolveConfigOptions } from "./config_walk.ts";
export {
  type Environment,
  type EnvironmentSystem,
  layerEnvironments,
  processEnvironment,
  type ProcessEnvironmentOptions,
  recordEnvironment,
} from "./environment.ts";
export type { DeclaredVariables } from "./sanitized_environment.ts";
export {
  type DotenvEnvironment,
  readDotenv,
  type ReadDotenvOptions,
} from "./read_dotenv.ts";
export {
  resolveConfigReferences,
  type ResolvedConfig,
} from "./resolve_config_references.ts";
export {
  explainEnvironment,
  getSanitizedEnvironment,
  type SanitizeOptions,
  type VariableExplanation,
} from "./sanitized_environment.ts";
export {
  type SecretFileResult,
  type SecretFiles,
  secretFiles,
  type SecretFilesOptions,
  type SecretFileSystem,
} from "./config_reference.ts";
