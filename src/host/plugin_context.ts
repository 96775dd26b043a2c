/** Makes what a plugin is given: its configuration, its environment, its context. */

import { PluginError } from "../base/errors.ts";
import type { PluginContext } from "../base/plugin.ts";
import { quote } from "../base/text.ts";
import { declaredIn } from "../environment/plugin_environment.ts";
import {
  declaredVariables,
  resolvePluginConfig,
} from "../inspect/plugin_config.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import { isCredential } from "../secrets/credentials.ts";
import { type SecretHold, SecretValues } from "../secrets/secret_values.ts";
import { withheldBecause } from "../secrets/withheld_because.ts";
import type { Parts } from "./host_parts.ts";
import { pluginAction } from "./plugin_action.ts";
import { createPluginLog } from "./plugin_log.ts";
import { errorOf } from "./problems.ts";

/** The parts that a plugin's context takes. */
export type ContextParts = Parts<
  | "settings"
  | "inspector"
  | "secrets"
  | "events"
  | "lives"
  | "registry"
  | "runner"
  | "mask"
>;

/** Makes room for the secrets of one configuration of one plugin. */
export function holdSecrets(
  { secrets, settings: { clock } }: Parts<"secrets" | "settings">,
): SecretHold {
  return secrets.hold(() => new SecretValues(() => clock.elapsed()));
}

/** A configuration with its references resolved. */
export interface ReadyConfig {
  /** The configuration. */
  readonly config: unknown;
  /** The variables that are not set, by the path of what they stand for. */
  readonly unset: ReadonlyMap<string, string>;
}

/**
 * Resolves the references of a configuration, and has its secrets kept.
 *
 * @throws {PluginError} `PLUGIN_CONFIG_INVALID` with every problem at once.
 */
export function resolveConfig(
  { settings, inspector, secrets: own, events }: ContextParts,
  plugin: ReadPlugin,
  raw: unknown,
  hold: SecretHold,
): ReadyConfig {
  if (raw === undefined || raw === null) {
    return { config: {}, unset: new Map() };
  }
  const { resolved, secrets } = resolvePluginConfig(
    settings,
    plugin,
    inspector.declarationOf(plugin),
    raw,
    own.isOwn,
  );
  if (!resolved.ok) throw errorOf(plugin.manifest.id, resolved.problems);
  secrets.forEach((value) => hold.add(value));
  for (const { path, message } of resolved.notices) {
    events.emit({ action: "plugin.config.notice", plugin, path, message });
  }
  return {
    config: resolved.config,
    unset: new Map(
      resolved.unset.map(({ path, variable }) => [path, variable]),
    ),
  };
}

/** Makes `context.env`: the sanitized environment, and what the manifest declares. */
export function environmentOf(
  { inspector, secrets }: Parts<"inspector" | "secrets">,
  plugin: ReadPlugin,
  hold: SecretHold,
): Readonly<Record<string, string>> {
  const declared = declaredVariables(plugin);
  const env = inspector.environmentFor(declared);
  for (const name of declaredIn(declared, env)) {
    const value = env[name];
    if (value === undefined) continue;
    const isSecret = withheldBecause(name) !== undefined ||
      isCredential(value) || secrets.isOwn(value);
    if (isSecret) hold.add(value);
  }
  return env;
}

/** The values that differ from one context of a plugin to the next. */
export interface ContextValues {
  /** The configuration: validated, its references resolved. */
  readonly config: unknown;
  /** The environment for this plugin. */
  readonly env: Readonly<Record<string, string>>;
  /** Its private directory. */
  readonly dataDir: string | undefined;
  /** Aborted when it is to stop. */
  readonly signal: AbortSignal;
}

/** Makes the context of a plugin, frozen. */
export function createPluginContext(
  { settings, registry, lives, runner, events, mask }: ContextParts,
  plugin: ReadPlugin,
  values: ContextValues,
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
    const live = registry.get(otherId);
    const fits = live !== undefined &&
      isInRange(live.plugin.manifest.version, requirement.version);
    // The author names the interface, as with an import of types: what another
    // plugin made is known by its contract alone.
    if (!fits) return undefined;
    lives.use(id, otherId);
    runner.connect(id, otherId);
    return live.api as Api;
  }

  return Object.freeze(
    {
      ...values,
      id,
      use,
      log: createPluginLog(id, settings.log, mask),
      // Bound to this plugin: whatever it says, the event carries its own id.
      audit: (action, details) => {
        const name = pluginAction(action);
        events.emit({ action: "custom", plugin, name, details });
      },
    } satisfies PluginContext,
  );
}
