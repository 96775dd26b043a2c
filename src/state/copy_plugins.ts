/**
 * Foreign data checked and copied into the states of plugins. Pure.
 *
 * @module
 */

import { PERMISSION_KINDS } from "../permissions/permission_set.ts";
import { quote } from "../base/text.ts";
import {
  copyJson,
  isJsonObject,
  joinJsonPath,
  type JsonObject,
  type JsonValue,
} from "../base/json.ts";
import type { Consent, PluginState } from "./state_store.ts";

/** Why data is not the state of plugins. */
export type StateFault = Readonly<{
  /** The plugin that it is about, where the id is one. */
  id?: string;
  /** Where it is, e.g. `plugins.x.enabled`. */
  path: string;
  /** What is the case there, to follow the path. */
  what: string;
}>;

/** What {@linkcode copyPlugins} made of the data. */
export type PluginsResult =
  | { readonly ok: true; readonly plugins: ReadonlyMap<string, PluginState> }
  | { readonly ok: false; readonly fault: StateFault };

type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly path: string; readonly what: string };

const ID_REGEXP = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

function isText(value: JsonValue): value is string {
  return typeof value === "string";
}

function checkConsent(value: JsonValue, path: string): Checked<Consent> {
  if (!isJsonObject(value)) {
    return { ok: false, path, what: "is not an object" };
  }
  const consent: { -readonly [Kind in keyof Consent]: Consent[Kind] } = {};
  for (const [name, items] of Object.entries(value)) {
    const at = joinJsonPath(path, name);
    const kind = PERMISSION_KINDS.find((known) => known === name);
    if (kind === undefined) {
      return { ok: false, path: at, what: "is not a kind of permission" };
    }
    if (items === true) {
      consent[kind] = true;
    } else if (Array.isArray(items) && items.every(isText)) {
      consent[kind] = Object.freeze([...items]);
    } else {
      return {
        ok: false,
        path: at,
        what: "is neither true nor a list of texts",
      };
    }
  }
  return { ok: true, value: Object.freeze(consent) };
}

function checkPlugin(
  { enabled, config, consented, ...unknown }: JsonObject,
  path: string,
): Checked<PluginState> {
  // A misspelt "enabled" would enable what somebody disabled.
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) {
    return {
      ok: false,
      path: joinJsonPath(path, stranger),
      what: "is not a field; the fields are enabled, config and consented",
    };
  }
  if (enabled !== undefined && typeof enabled !== "boolean") {
    return {
      ok: false,
      path: `${path}.enabled`,
      what: "is neither true nor false",
    };
  }
  if (config !== undefined && !isJsonObject(config)) {
    return { ok: false, path: `${path}.config`, what: "is not an object" };
  }
  const consent = consented === undefined
    ? undefined
    : checkConsent(consented, `${path}.consented`);
  if (consent?.ok === false) return consent;
  return {
    ok: true,
    value: Object.freeze({
      ...(enabled === undefined ? {} : { enabled }),
      ...(config === undefined ? {} : { config }),
      ...(consent === undefined ? {} : { consented: consent.value }),
    }),
  };
}

/**
 * Checks whether a text can be the id of a plugin.
 *
 * @param id The text.
 * @returns Whether it can.
 */
export function isPluginId(id: unknown): id is string {
  return typeof id === "string" && ID_REGEXP.test(id);
}

/**
 * Checks the states of plugins, whoever made them, and copies them.
 *
 * @param entries The ids and what claims to be their state.
 * @returns Deeply frozen states in the order of their ids, without those that
 * say nothing; or the first fault.
 */
export function copyPlugins(
  entries: Iterable<readonly [unknown, unknown]>,
): PluginsResult {
  const plugins: [string, PluginState][] = [];
  for (const [id, state] of entries) {
    if (!isPluginId(id)) {
      const path = `plugins[${quote(String(id))}]`;
      return {
        ok: false,
        fault: { path, what: "does not bear the id of a plugin" },
      };
    }
    const path = `plugins${/^[a-z]\w*$/.test(id) ? `.${id}` : `["${id}"]`}`;
    const copy = copyJson(state, path);
    if (!copy.ok) {
      return { ok: false, fault: { id, path: copy.path, what: copy.what } };
    }
    if (!isJsonObject(copy.value)) {
      return { ok: false, fault: { id, path, what: "is not an object" } };
    }
    const checked = checkPlugin(copy.value, path);
    if (!checked.ok) {
      return {
        ok: false,
        fault: { id, path: checked.path, what: checked.what },
      };
    }
    if (Object.keys(checked.value).length > 0) {
      plugins.push([id, checked.value]);
    }
  }
  plugins.sort(([a], [b]) => a < b ? -1 : 1);
  return { ok: true, plugins: new Map(plugins) };
}
