/**
 * What a plugin is handed: its configuration, its environment, its context.
 *
 * @module
 */

import {
  declaredIn,
  type DeclaredVariables,
} from "../environment/plugin_environment.ts";
import {
  resolveConfig as resolveReferences,
  type ResolvedConfig,
} from "../environment/resolve_config_references.ts";
import { PluginError, type Problem } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import type { PluginContext } from "../base/plugin.ts";
import { isCredential } from "../secrets/credentials.ts";
import type { SecretHold } from "../secrets/secret_values.ts";
import { withheldBecause } from "../secrets/withheld_because.ts";
import { quote } from "../base/text.ts";
import { secretFilesOf } from "./config_files.ts";
import type { HostCore } from "./core.ts";
import { pluginAction } from "./plugin_action.ts";
import { createPluginLog } from "./plugin_log.ts";
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
): Readonly<{ resolved: ResolvedConfig; secrets: readonly string[] }> {
  const { environment, allowRawSecrets } = core.settings;
  return resolveReferences(raw, {
    environment,
    allowRawSecrets,
    declared: declaredVariables(plugin),
    files: secretFilesOf(core.settings, plugin),
    isSecret: core.isOwnSecret,
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
  const { resolved } = resolve(core, plugin, raw);
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
 * @param core The host.
 * @param plugin The plugin.
 * @param raw The configuration, with references.
 * @param hold Keeps what is secret in it, so that no message shows it.
 * @returns The configuration to validate.
 * @throws {PluginError} `PLUGIN_CONFIG_INVALID` with every problem at once.
 */
export function resolveConfig(
  core: HostCore,
  plugin: ReadPlugin,
  raw: unknown,
  hold: SecretHold,
): ReadyConfig {
  if (raw === undefined || raw === null) {
    return { config: {}, unset: new Map() };
  }
  const { resolved, secrets } = resolve(core, plugin, raw);
  if (!resolved.ok) throw errorOf(plugin.manifest.id, resolved.problems);
  secrets.forEach((value) => hold.add(value));
  for (const { path, message } of resolved.notices) {
    core.record(plugin, "plugin.config.notice", { path, message });
  }
  return {
    config: resolved.config,
    unset: new Map(
      resolved.unset.map(({ path, variable }) => [path, variable]),
    ),
  };
}

/**
 * What a plugin finds in `context.env`: the sanitized environment, and what its
 * manifest declares.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param hold Keeps the secrets among them, so that no message shows them.
 * @returns Names and values, frozen.
 */
export function environmentOf(
  core: HostCore,
  plugin: ReadPlugin,
  hold: SecretHold,
): Readonly<Record<string, string>> {
  const declared = declaredVariables(plugin);
  const env = core.environmentFor(declared);
  for (const name of declaredIn(declared, env)) {
    const value = env[name];
    if (value === undefined) continue;
    const isSecret = withheldBecause(name) !== undefined ||
      isCredential(value) || core.isOwnSecret(value);
    if (isSecret) hold.add(value);
  }
  return env;
}

/** What differs from one context of a plugin to the next. */
export interface ContextParts {
  /** The configuration: validated, its references resolved. */
  readonly config: unknown;
  /** The environment for this plugin. */
  readonly env: Readonly<Record<string, string>>;
  /** Its private directory. */
  readonly dataDir: string | undefined;
  /** Aborted when it is to stop. */
  readonly signal: AbortSignal;
}

/**
 * Makes what a plugin is handed.
 *
 * @param core The host.
 * @param plugin The plugin.
 * @param parts What differs from one context to the next.
 * @returns The context, frozen.
 */
export function createPluginContext(
  core: HostCore,
  plugin: ReadPlugin,
  parts: ContextParts,
): PluginContext {
  const { id, requires } = plugin.manifest;

  function use<Api extends object>(otherId: string): Api | undefined {
    const requirement = requires.find((one) => one.id === otherId);
    if (requirement === undefined) {
      throw new PluginError(
        `Cannot use plugin ${quote(otherId)} from plugin "${id}": ` +
          "the manifest does not require it",
        {
          code: "PLUGIN_DEPENDENCY_UNDECLARED",
          pluginId: id,
          remedy: `Add it to "requires" in the manifest of "${id}"`,
        },
      );
    }
    const live = core.registry.get(otherId);
    const fits = live !== undefined &&
      isInRange(live.plugin.manifest.version, requirement.version);
    // The author names the interface, as with an import of types: what another
    // plugin made is known by its contract alone.
    if (!fits) return undefined;
    core.connect(id, otherId);
    return live.api as Api;
  }

  return Object.freeze(
    {
      ...parts,
      id,
      use,
      log: createPluginLog(id, core.settings.log, (text) => core.mask(text)),
      // Bound to this plugin: whatever it says, the event carries its own id.
      audit: (action, details) => {
        core.record(plugin, pluginAction(action), details);
      },
    } satisfies PluginContext,
  );
}
