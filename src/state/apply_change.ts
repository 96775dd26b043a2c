/**
 * One step of the state: what every store does with a change. Pure.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import { quote } from "../text.ts";
import { copyPlugins, type StateFault } from "./copy_plugins.ts";
import { formatState } from "./state_text.ts";
import type { PluginState } from "./plugin_state.ts";
import type { StateChange, StateSnapshot } from "./state_store.ts";

function refuse({ id, path, what }: StateFault): PluginError {
  const inConfig = id !== undefined && /\.config\b/.test(path);
  return new PluginError(
    id === undefined
      ? `Cannot store the state of plugins: ${path} ${what}`
      : `Cannot store the state of plugin ${quote(id)}: ${path} ${what}`,
    {
      code: inConfig ? "PLUGIN_CONFIG_INVALID" : "PLUGIN_OPTION_INVALID",
      pluginId: id,
      remedy: "Store what JSON can say and nothing else",
    },
  );
}

/**
 * Checks and copies states that a caller hands over.
 *
 * @param entries The ids and states.
 * @returns The states, deeply frozen.
 * @throws {PluginError} `PLUGIN_CONFIG_INVALID` when a configuration is not
 * JSON, `PLUGIN_OPTION_INVALID` when anything else is not what it should be.
 */
export function toPlugins(
  entries: Iterable<readonly [string, PluginState]>,
): ReadonlyMap<string, PluginState> {
  const copy = copyPlugins(entries);
  if (!copy.ok) throw refuse(copy.fault);
  return copy.plugins;
}

/**
 * Makes the next state.
 *
 * @param current The state as it is stored now.
 * @param change What shall become of it.
 * @returns The next state; `current` itself where the change makes no difference.
 * @throws {PluginError} When what `change` returned cannot be stored.
 */
export function applyChange(
  current: StateSnapshot,
  change: StateChange,
): StateSnapshot {
  // The change gets a map of its own: whatever it does to it, `current` stays.
  const returned: unknown = change(
    Object.freeze({ ...current, plugins: new Map(current.plugins) }),
  );
  if (returned === undefined) return current;
  if (!(returned instanceof Map)) {
    throw new PluginError(
      "Cannot store the state of plugins: the change did not return a Map",
      {
        code: "PLUGIN_OPTION_INVALID",
        remedy: "Return a Map from plugin ids to states, and no promise of it",
      },
    );
  }
  const plugins = toPlugins(returned);
  const { revision } = current;
  return formatState({ revision, plugins }) === formatState(current)
    ? current
    : Object.freeze({ revision: revision + 1, plugins });
}
