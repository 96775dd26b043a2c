/** The next state after a decision about plugins. Pure. */

import type { JsonObject, JsonValue } from "../base/json.ts";
import { copyJson, isJsonObject } from "../base/json.ts";
import type { PluginState, StateSnapshot } from "./state_store.ts";

/** A decision that is not stored yet. */
interface SwitchedPlugins {
  /** The plugins for which the opposite is stored. */
  readonly changed: readonly string[];
  /** All plugins to store; `undefined` if nothing changes. */
  readonly plugins: ReadonlyMap<string, PluginState> | undefined;
}

function withEnabled(
  state: PluginState | undefined,
  enabled: boolean,
): PluginState {
  const { enabled: _, ...others } = state ?? {};
  // A plugin without an entry is enabled.
  return enabled ? others : { ...others, enabled };
}

/** Enables or disables plugins. */
export function switchPlugins(
  { plugins }: StateSnapshot,
  ids: readonly string[],
  enabled: boolean,
): SwitchedPlugins {
  const changed = ids.filter((id) =>
    (plugins.get(id)?.enabled !== false) !== enabled
  );
  if (changed.length === 0) return { changed, plugins: undefined };
  const switched = changed.map((id) =>
    [id, withEnabled(plugins.get(id), enabled)] as const
  );
  return { changed, plugins: new Map([...plugins, ...switched]) };
}

/** Replaces the configuration of a plugin, or removes it. */
export function configuring(
  { plugins }: StateSnapshot,
  id: string,
  config: PluginState["config"],
): ReadonlyMap<string, PluginState> {
  const { config: _, ...others } = plugins.get(id) ?? {};
  return new Map(plugins).set(
    id,
    config === undefined ? others : { ...others, config },
  );
}

/** Returns the top-level keys in which two configurations differ, sorted. */
export function changedKeys(
  before: unknown,
  after: JsonObject,
): readonly string[] {
  const copy = copyJson(before ?? {}, "config");
  const old: JsonObject = copy.ok && isJsonObject(copy.value) ? copy.value : {};
  const text = (value: JsonValue | undefined) =>
    value === undefined ? undefined : JSON.stringify(value);
  return [...new Set([...Object.keys(old), ...Object.keys(after)])]
    .filter((key) =>
      text(Object.hasOwn(old, key) ? old[key] : undefined) !==
        text(Object.hasOwn(after, key) ? after[key] : undefined)
    ).sort();
}
