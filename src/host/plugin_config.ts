/**
 * A plugin's configuration and environment.
 *
 * @module
 */
import type { DeclaredVariables } from "../environment/declared_variables.ts";
import { pluginEnvironment } from "../environment/plugin_environment.ts";
import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import type { HostCore } from "./core.ts";

export interface ResolvedConfig {
  readonly config: unknown;
  readonly unset: ReadonlyMap<string, string>;
}
export function resolveConfig(
  _core: HostCore,
  _plugin: ReadPlugin,
  raw: unknown,
): ResolvedConfig {
  return { config: raw ?? {}, unset: new Map() };
}
export function configProblems(
  _core: HostCore,
  _plugin: ReadPlugin,
  _raw: unknown,
): readonly Problem[] {
  return [];
}

function declaredVariables({ manifest }: ReadPlugin): DeclaredVariables {
  const required = manifest.permissions.env ?? [];
  const optional = manifest.optionalPermissions.env ?? [];
  return required === true || optional === true
    ? true
    : [...required, ...optional];
}

/**
 * What a plugin finds in `context.env`: the sanitized environment, and what its
 * manifest declares.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @returns Names and values, frozen.
 */
export function environmentOf(
  core: HostCore,
  plugin: ReadPlugin,
): Readonly<Record<string, string>> {
  return pluginEnvironment(declaredVariables(plugin), {
    source: core.settings.environment,
  });
}
