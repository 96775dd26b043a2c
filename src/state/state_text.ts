/**
 * The state of plugins as the text of a file, and what a change makes of it.
 * Pure.
 *
 * ```json
 * {
 *   "schema": 1,
 *   "revision": 3,
 *   "plugins": { "search": { "enabled": false } }
 * }
 * ```
 *
 * While the audit trail may lack a decision, `"unrecorded": ["search"]` follows.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { isJsonObject, type JsonValue } from "../base/json.ts";
import { copyPlugins, isPluginId, type StateFault } from "./copy_plugins.ts";
import { parseJson } from "../base/parse_json.ts";
import type { PluginState, StateChange, StateSnapshot } from "./state_store.ts";

/** The version of the format that this package writes and reads. */
const STATE_SCHEMA = 1;

/** What {@linkcode parseState} made of a text. */
export type ParseStateResult =
  | { readonly ok: true; readonly snapshot: StateSnapshot }
  | {
    readonly ok: false;
    /** What is the case with it. */
    readonly what: string;
    /** Where it is, e.g. `plugins.x.enabled`. */
    readonly path?: string;
    /** Whether a newer version of this package wrote it. */
    readonly newer?: true;
  };

const FIELDS: ReadonlySet<string> = new Set([
  "schema",
  "revision",
  "plugins",
  "unrecorded",
]);

function fail(what: string, path?: string): ParseStateResult {
  return { ok: false, what, ...(path === undefined ? {} : { path }) };
}

/** The state before anything was stored. */
export function emptySnapshot(): StateSnapshot {
  return Object.freeze({ revision: 0, plugins: new Map() });
}

/** A state with these marks alone, each once and in the order of the ids. */
function withMarks(
  { revision, plugins }: StateSnapshot,
  ids: Iterable<string>,
): StateSnapshot {
  const unrecorded = Object.freeze([...new Set(ids)].sort());
  return Object.freeze({
    revision,
    plugins,
    ...unrecorded.length === 0 ? {} : { unrecorded },
  });
}

function checkEnvelope(value: JsonValue): ParseStateResult {
  if (!isJsonObject(value)) return fail("it is not an object");
  const { schema, revision, plugins, unrecorded = [] } = value;
  if (typeof schema === "number" && schema > STATE_SCHEMA) {
    return {
      ok: false,
      what: `it has the schema ${schema}, and this version of the package ` +
        `knows ${STATE_SCHEMA}`,
      path: "schema",
      newer: true,
    };
  }
  if (schema !== STATE_SCHEMA) {
    return fail(`it does not have the schema ${STATE_SCHEMA}`, "schema");
  }
  const stranger = Object.keys(value).find((field) => !FIELDS.has(field));
  if (stranger !== undefined) {
    return fail(`${quote(stranger)} is not a field of it`, stranger);
  }
  if (
    typeof revision !== "number" || !Number.isSafeInteger(revision) ||
    revision < 0 || revision === Number.MAX_SAFE_INTEGER
  ) {
    return fail("revision is not a count", "revision");
  }
  if (!isJsonObject(plugins)) {
    return fail("plugins is not an object", "plugins");
  }
  const copy = copyPlugins(Object.entries(plugins));
  if (!copy.ok) {
    return fail(`${copy.fault.path} ${copy.fault.what}`, copy.fault.path);
  }
  if (!Array.isArray(unrecorded) || !unrecorded.every(isPluginId)) {
    return fail("unrecorded is not a list of ids", "unrecorded");
  }
  const snapshot = { revision, plugins: copy.plugins };
  return { ok: true, snapshot: withMarks(snapshot, unrecorded) };
}

/**
 * Reads the text of a state file. Nothing of it is guessed: what is not
 * understood in whole is not understood at all.
 *
 * @param text The text.
 * @returns The state, or what is wrong. No value of the text is shown.
 */
export function parseState(text: string): ParseStateResult {
  if (text === "") return fail("it is empty");
  if (text.startsWith("\ufeff")) {
    return fail("it begins with a byte order mark");
  }
  if (text.includes("\0")) return fail("it holds NUL characters");
  const json = parseJson(text);
  if (json.ok) return checkEnvelope(json.value);
  const { fault } = json;
  return fail(
    fault.kind === "syntax"
      ? `it is not JSON (line ${fault.line} column ${fault.column})`
      : `an object in it names ${quote(fault.key)} twice (line ${fault.line})`,
  );
}

/**
 * Writes a state as text that people can read and {@linkcode parseState} takes.
 *
 * @param snapshot The state.
 * @returns The text.
 */
export function formatState(snapshot: StateSnapshot): string {
  const { revision, plugins, unrecorded } = snapshot;
  const content = {
    schema: STATE_SCHEMA,
    revision,
    plugins: Object.fromEntries(plugins),
    ...unrecorded === undefined ? {} : { unrecorded },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

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

/** The plugins about which two states say something else. */
function differing(
  one: ReadonlyMap<string, PluginState>,
  other: ReadonlyMap<string, PluginState>,
): readonly string[] {
  const text = (state: PluginState | undefined) => JSON.stringify(state);
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((id) => text(one.get(id)) !== text(other.get(id)));
}

/**
 * Takes marks away.
 *
 * @param current The state as it is stored now.
 * @param ids The plugins whose decisions are recorded.
 * @returns The next state; `current` itself when it has none of these marks.
 */
export function applyRecorded(
  current: StateSnapshot,
  ids: readonly string[],
): StateSnapshot {
  const { unrecorded = [] } = current;
  const recorded = new Set(ids);
  const left = unrecorded.filter((id) => !recorded.has(id));
  return left.length === unrecorded.length ? current : withMarks(current, left);
}

/**
 * Makes the next state.
 *
 * @param current The state as it is stored now.
 * @param change What shall become of it.
 * @param isMarked Whether to mark what the change touches as unrecorded.
 * @returns The next state; `current` itself where the change makes no difference.
 * @throws {PluginError} When what `change` returned cannot be stored.
 */
export function applyChange(
  current: StateSnapshot,
  change: StateChange,
  isMarked = false,
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
  const touched = differing(current.plugins, plugins);
  if (touched.length === 0) return current;
  return withMarks({ revision: current.revision + 1, plugins }, [
    ...current.unrecorded ?? [],
    ...isMarked ? touched : [],
  ]);
}
