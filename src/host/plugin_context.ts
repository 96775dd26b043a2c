/** Creates the context of a plugin, with its configuration and environment. */

import { errorOf, PluginError } from "../base/errors.ts";
import type { PluginContext } from "../base/plugin.ts";
import { quote } from "../base/text.ts";
import { declaredIn } from "../environment/sanitized_environment.ts";
import {
  declaredVariables,
  resolvePluginConfig,
} from "../inspect/plugin_config.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import { isCredential } from "../secrets/credentials.ts";
import { type SecretHold, SecretValues } from "../secrets/secret_values.ts";
import { withheldBecause } from "../secrets/secret_names.ts";
import type { Parts } from "./host_parts.ts";
import { pluginAction } from "./plugin_action.ts";
import { createPluginLog } from "./plugin_log.ts";

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

/** Creates a hold for the secrets of one configuration of one plugin. */
export function holdSecrets(
  { secrets, settings: { clock } }: Parts<"secrets" | "settings">,
): SecretHold {
  return secrets.hold(() => new SecretValues(() => clock.elapsed()));
}

/** A configuration with resolved references. */
interface ReadyConfig {
  readonly config: unknown;
  /** The unset variables, by the path of their reference. */
  readonly unset: ReadonlyMap<string, string>;
}

/** Resolves the references of a configuration, and adds its secrets to `hold`. */
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

/** Creates `context.env`: the sanitized environment, and declared variables. */
function environmentOf(
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

/** Creates the frozen context of a plugin, and adds the secrets in it to `hold`. */
export function createPluginContext(
  parts: ContextParts,
  plugin: ReadPlugin,
  hold: SecretHold,
  values: Pick<PluginContext, "config" | "dataDir" | "signal">,
): PluginContext {
  const { settings, registry, lives, runner, events, mask } = parts;
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
    // The author names the interface, as with an import of types: only a contract
    // checks the object of another plugin.
    if (!fits) return undefined;
    lives.use(id, otherId);
    runner.connect(id, otherId);
    return live.api as Api;
  }

  return Object.freeze(
    {
      ...values,
      env: environmentOf(parts, plugin, hold),
      id,
      use,
      log: createPluginLog(id, settings.log, mask),
      // Bound to this plugin, so that every event has its id.
      audit: (action, details) => {
        const name = pluginAction(action);
        events.emit({ action: "custom", plugin, name, details });
      },
    } satisfies PluginContext,
  );
}
