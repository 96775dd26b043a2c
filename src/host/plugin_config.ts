/**
 * The configuration and the environment of a plugin, as this host has them.
 *
 * @module
 */

import {
  declaredIn,
  type DeclaredVariables,
} from "../environment/declared_variables.ts";
import {
  resolveConfigReferences,
  type ResolvedConfig,
} from "../environment/resolve_config_references.ts";
import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { isCredential } from "../secrets/is_credential.ts";
import { isSecretKey } from "../secrets/is_secret_key.ts";
import { withheldBecause } from "../secrets/withheld_because.ts";
import type { HostCore } from "./core.ts";
import { errorOf } from "./problems.ts";

function declaredVariables({ manifest }: ReadPlugin): DeclaredVariables {
  const required = manifest.permissions.env ?? [];
  const optional = manifest.optionalPermissions.env ?? [];
  return required === true || optional === true
    ? true
    : [...required, ...optional];
}

function resolve(
  core: HostCore,
  plugin: ReadPlugin,
  raw: unknown,
): ResolvedConfig {
  const { environment, allowRawSecrets } = core.settings;
  return resolveConfigReferences(raw, {
    environment,
    allowRawSecrets,
    declared: declaredVariables(plugin),
    pluginId: plugin.manifest.id,
  });
}

/**
 * What is wrong with a configuration, as far as it can be told before any of
 * the plugin's code runs: its references and raw secrets.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param raw The configuration, with references.
 * @returns Every problem at once.
 */
export function configProblems(
  core: HostCore,
  plugin: ReadPlugin,
  raw: unknown,
): readonly Problem[] {
  if (raw === undefined) return [];
  const resolved = resolve(core, plugin, raw);
  return resolved.ok ? [] : resolved.problems;
}

/** A configuration with its references resolved. */
export interface ReadyConfig {
  /** The configuration. */
  readonly config: unknown;
  /** The variables that are not set, by the path of what they stand for. */
  readonly unset: ReadonlyMap<string, string>;
}

/**
 * Resolves the references of a configuration.
 *
 * @param core The host. It remembers the values, to keep them out of messages.
 * @param plugin The plugin.
 * @param raw The configuration, with references.
 * @returns The configuration to validate.
 * @throws {PluginError} `PLUGIN_CONFIG_INVALID` with every problem at once.
 */
export function resolveConfig(
  core: HostCore,
  plugin: ReadPlugin,
  raw: unknown,
): ReadyConfig {
  if (raw === undefined || raw === null) {
    return { config: {}, unset: new Map() };
  }
  const resolved = resolve(core, plugin, raw);
  if (!resolved.ok) throw errorOf(plugin.manifest.id, resolved.problems);
  for (const { path, variable } of resolved.references) {
    const value = core.settings.environment.get(variable);
    const key = path.slice(path.lastIndexOf(".") + 1);
    if (value !== undefined && isSecretKey(key)) core.secrets.add(value);
    rememberSecret(core, variable, value);
  }
  return {
    config: resolved.config,
    unset: new Map(
      resolved.unset.map(({ path, variable }) => [path, variable]),
    ),
  };
}

function rememberSecret(
  core: HostCore,
  name: string,
  value: string | undefined,
): void {
  if (value === undefined) return;
  const isSecret = withheldBecause(name) !== undefined || isCredential(value);
  if (isSecret) core.secrets.add(value);
}

/**
 * What a plugin finds in `context.env`: the sanitized environment, and what its
 * manifest declares.
 *
 * @param core The host. It remembers the secrets among them, to keep them out
 * of messages.
 * @param plugin The plugin.
 * @returns Names and values, frozen.
 */
export function environmentOf(
  core: HostCore,
  plugin: ReadPlugin,
): Readonly<Record<string, string>> {
  const declared = declaredVariables(plugin);
  const env = core.environmentFor(declared);
  for (const name of declaredIn(declared, env)) {
    rememberSecret(core, name, env[name]);
  }
  return env;
}
