/** Names the audit events that plugins write. */

import { errorOf, PluginError } from "../base/errors.ts";
import type { PluginContext } from "../base/plugin.ts";
import { quote } from "../base/text.ts";
import { declaredIn } from "../environment/sanitized_environment.ts";
import {
  declaredVariables,
  resolvePluginConfig,
} from "../inspect/permission_needs.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import { isCredential } from "../secrets/credentials.ts";
import { withheldBecause } from "../secrets/secret_names.ts";
import { type SecretHold, SecretValues } from "../secrets/secret_values.ts";
import type { Parts } from "./host_parts.ts";
import { createPluginLog } from "./options.ts";

const CUSTOM = "plugin.custom.";

/** The first words of the actions of the host and of the audit trail. */
const RESERVED = ["plugin", "host", "switch", "permission", "audit"];

// Characters that readers may confuse with a letter.
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  i: "1l|!",
  l: "1i|!",
  o: "0",
  s: "5$",
};

const INVISIBLE_REGEXP = /[\p{M}\p{C}\p{Default_Ignorable_Code_Point}]/gu;
const FIRST_WORD_REGEXP = /^[^\p{L}\p{N}$|!]*([\p{L}\p{N}_$|!-]+)[^]/u;

/** An event shows no more of its action. */
const LONGEST_SHOWN = 2_048;

function looksLike(word: string, reserved: string): boolean {
  const letters = [...word];
  if (letters.length !== reserved.length) return false;
  let same = 0;
  for (const [at, letter] of letters.entries()) {
    const wanted = reserved.charAt(at);
    if (letter === wanted) same++;
    // Among letters of the word, one of another alphabet is a disguise.
    else if (letter <= "\u007f" && !LOOK_ALIKES[wanted]?.includes(letter)) {
      return false;
    }
  }
  return same > 0;
}

function isReserved(action: string): boolean {
  const shown = action.slice(0, LONGEST_SHOWN).normalize("NFKD")
    .replace(INVISIBLE_REGEXP, "").toLowerCase();
  const word = FIRST_WORD_REGEXP.exec(shown)?.[1];
  return word !== undefined && RESERVED.some((one) => looksLike(word, one));
}

function nameOf(action: unknown): string {
  try {
    return String(action);
  } catch {
    return "an action that cannot be shown";
  }
}

/**
 * Returns the action to record for an event of a plugin. A name that is reserved
 * for the host, or looks like one, gets the prefix `plugin.custom`.
 */
function pluginAction(action: unknown): string {
  const name = nameOf(action);
  return name.startsWith(CUSTOM) || !isReserved(name) ? name : CUSTOM + name;
}

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

/** Adds the secrets among the variables that a plugin declares to `hold`. */
export function holdEnvironment(
  parts: Parts<"inspector" | "secrets">,
  plugin: ReadPlugin,
  hold: SecretHold,
): void {
  const declared = declaredVariables(plugin);
  if (declared === true || declared.length > 0) {
    environmentOf(parts, plugin, hold);
  }
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
