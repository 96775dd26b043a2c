/**
 * What a plugin is handed.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { isInRange } from "../manifest/version.ts";
import type { PluginContext } from "../plugin.ts";
import { quote } from "../text.ts";
import type { HostCore } from "./core.ts";
import { createPluginLog } from "./plugin_log.ts";

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

/** An action by its name, where it has one: plugins need not be typed. */
function nameOf(action: unknown): string {
  try {
    return String(action);
  } catch {
    return "an action that cannot be shown";
  }
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
    return fits ? live.api as Api : undefined;
  }

  return Object.freeze(
    {
      ...parts,
      id,
      use,
      log: createPluginLog(id, core.settings.log, (text) => core.mask(text)),
      // Bound to this plugin: whatever it says, the event carries its own id.
      audit: (action, details) => {
        core.record(plugin, nameOf(action), details);
      },
    } satisfies PluginContext,
  );
}
