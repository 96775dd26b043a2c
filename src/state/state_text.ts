/** The stored state: as text, and after a decision about plugins. */

import { PluginError } from "../base/errors.ts";
import {
  copyJson,
  isJsonObject,
  joinJsonPath,
  type JsonObject,
  type JsonValue,
  parseJson,
} from "../base/json.ts";
import { quote } from "../base/text.ts";
import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";
import { readSet } from "../permissions/normalize_permissions.ts";
import type {
  Consent,
  PluginState,
  StateChange,
  StateSnapshot,
} from "./state_store.ts";
import type { StateFault } from "./state_system.ts";

/** The version of the format. */
const STATE_SCHEMA = 1;

/** The longest state file that configurations may fill. */
export const MAX_STATE_BYTES = 4 * 1024 * 1024;

/** The longest state file: disabling a plugin must fit into a full one, too. */
export const MAX_FILE_BYTES = 2 * MAX_STATE_BYTES;

export const TOO_LONG = `it has more than ${MAX_STATE_BYTES} bytes`;

// A byte order mark is kept, to be seen.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const FIELDS: ReadonlySet<string> = new Set([
  "schema",
  "revision",
  "plugins",
  "unrecorded",
  "epoch",
  "readAt",
]);
/** The ID of what is revoked of all plugins. */
export const EVERYONE = "*";
const ID_REGEXP = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/** Returns the state before anything was stored. */
export function emptySnapshot(): StateSnapshot {
  return Object.freeze({ revision: 0, plugins: new Map() });
}

/** Copies a snapshot for a caller, who may change the map. */
export function copySnapshot(snapshot: StateSnapshot): StateSnapshot {
  return Object.freeze({ ...snapshot, plugins: new Map(snapshot.plugins) });
}

/** Thrown and caught in this module. */
class InvalidState extends Error {
  /** The plugin, once its ID is known to be valid. */
  id: string | undefined;
  readonly path: string;

  constructor(path: string, fault: string) {
    super(`${path} ${fault}`);
    this.path = path;
  }
}

function isText(value: JsonValue): value is string {
  return typeof value === "string";
}

function isMarkedId(id: unknown): id is string {
  return id === EVERYONE || isPluginId(id);
}

function isPluginId(id: unknown): id is string {
  return typeof id === "string" && ID_REGEXP.test(id);
}

function readPermissions(
  value: JsonValue,
  path: string,
): PermissionDeclaration {
  if (!isJsonObject(value)) throw new InvalidState(path, "is not an object");
  const permissions: {
    -readonly [Kind in keyof PermissionDeclaration]:
      PermissionDeclaration[Kind];
  } = {};
  for (const [name, items] of Object.entries(value)) {
    const at = joinJsonPath(path, name);
    const kind = PERMISSION_KINDS.find((known) => known === name);
    if (kind === undefined) {
      throw new InvalidState(at, "is not a kind of permission");
    }
    if (items === true) permissions[kind] = true;
    else if (Array.isArray(items) && items.every(isText)) {
      permissions[kind] = items;
    } else throw new InvalidState(at, "is neither true nor a list of strings");
    try {
      readSet({ [kind]: permissions[kind] });
    } catch (thrown) {
      if (!(thrown instanceof PluginError)) throw thrown;
      // It would permit or revoke nothing, and nobody would notice.
      throw new InvalidState(at, "has a value that is no permission");
    }
  }
  return Object.freeze(permissions);
}

function readLine(value: JsonValue | undefined, path: string): string {
  if (value !== undefined && isText(value) && value !== "") return value;
  throw new InvalidState(path, "is not a text");
}

function isTime(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString() === text;
}

function readTime(value: JsonValue | undefined, path: string): string {
  const time = readLine(value, path);
  if (isTime(time)) return time;
  throw new InvalidState(path, "is not a time in ISO 8601, UTC");
}

/** Reads what was revoked, and who did it. */
function readRevoked(
  revoked: JsonValue | undefined,
  revocation: JsonValue | undefined,
  path: string,
): Pick<PluginState, "revoked" | "revocation"> {
  const at = `${path}.revocation`;
  if (revoked === undefined) {
    if (revocation === undefined) return {};
    throw new InvalidState(at, "is there, and nothing is revoked");
  }
  const permissions = readPermissions(revoked, `${path}.revoked`);
  if (revocation === undefined) return { revoked: permissions };
  if (!isJsonObject(revocation)) throw new InvalidState(at, "is not an object");
  const { by, at: time, ...unknown } = revocation;
  assertNoStranger(unknown, at, "by and at");
  return {
    revoked: permissions,
    revocation: Object.freeze({
      ...by === undefined ? {} : { by: readLine(by, `${at}.by`) },
      at: readTime(time, `${at}.at`),
    }),
  };
}

function readConsent(value: JsonValue, path: string): Consent {
  if (!isJsonObject(value)) throw new InvalidState(path, "is not an object");
  const { permissions, source, digest, by, at, ...unknown } = value;
  assertNoStranger(unknown, path, "permissions, source, digest, by and at");
  return Object.freeze({
    permissions: readPermissions(permissions ?? null, `${path}.permissions`),
    source: readLine(source, `${path}.source`),
    ...digest === undefined
      ? {}
      : { digest: readLine(digest, `${path}.digest`) },
    ...by === undefined ? {} : { by: readLine(by, `${path}.by`) },
    at: readTime(at, `${path}.at`),
  });
}

/** Throws for an unknown field: with a wrong name, `enabled` would enable what somebody disabled. */
function assertNoStranger(
  unknown: JsonObject,
  path: string,
  fields: string,
): void {
  const [stranger] = Object.keys(unknown);
  if (stranger === undefined) return;
  throw new InvalidState(
    joinJsonPath(path, stranger),
    `is not a field; the fields are ${fields}`,
  );
}

function readPlugin(value: JsonValue, path: string): PluginState {
  if (!isJsonObject(value)) throw new InvalidState(path, "is not an object");
  const { enabled, config, consent, revoked, revocation, ...unknown } = value;
  assertNoStranger(
    unknown,
    path,
    "enabled, config, consent, revoked and revocation",
  );
  if (enabled !== undefined && typeof enabled !== "boolean") {
    throw new InvalidState(`${path}.enabled`, "is neither true nor false");
  }
  if (config !== undefined && !isJsonObject(config)) {
    throw new InvalidState(`${path}.config`, "is not an object");
  }
  return Object.freeze({
    ...enabled === undefined ? {} : { enabled },
    ...config === undefined ? {} : { config },
    ...consent === undefined
      ? {}
      : { consent: readConsent(consent, `${path}.consent`) },
    ...readRevoked(revoked, revocation, path),
  });
}

function readSerials(
  value: JsonValue,
  path: string,
): NonNullable<PluginState["serials"]> {
  if (!isJsonObject(value)) throw new InvalidState(path, "is not an object");
  const { lock, trust, ...unknown } = value;
  assertNoStranger(unknown, path, "lock and trust");
  const read = (name: "lock" | "trust", serial: JsonValue | undefined) => {
    if (serial === undefined) return {};
    if (Number.isSafeInteger(serial) && Number(serial) >= 1) {
      return { [name]: Number(serial) };
    }
    throw new InvalidState(`${path}.${name}`, "is not a whole number from 1");
  };
  return Object.freeze({ ...read("lock", lock), ...read("trust", trust) });
}

/** Reads what is stored of all plugins: nobody can consent for all of them. */
function readEveryone(value: JsonValue, path: string): PluginState {
  if (!isJsonObject(value)) throw new InvalidState(path, "is not an object");
  const { revoked, revocation, serials, ...unknown } = value;
  assertNoStranger(unknown, path, "revoked, revocation and serials");
  return Object.freeze({
    ...readRevoked(revoked, revocation, path),
    ...serials === undefined
      ? {}
      : { serials: readSerials(serials, `${path}.serials`) },
  });
}

/** Keeps the higher serials; `undefined` if nothing changes. */
export function raisingSerials(
  { plugins }: StateSnapshot,
  found: NonNullable<PluginState["serials"]>,
): ReadonlyMap<string, PluginState> | undefined {
  const own = plugins.get(EVERYONE) ?? {};
  const { lock = 0, trust = 0 } = own.serials ?? {};
  const higher = {
    ...(found.lock ?? 0) > lock ? { lock: found.lock } : {},
    ...(found.trust ?? 0) > trust ? { trust: found.trust } : {},
  };
  if (Object.keys(higher).length === 0) return undefined;
  const serials = { ...own.serials, ...higher };
  return new Map(plugins).set(EVERYONE, { ...own, serials });
}

function readPlugins(
  entries: Iterable<readonly [unknown, unknown]>,
): ReadonlyMap<string, PluginState> {
  const plugins: [string, PluginState][] = [];
  for (const [id, state] of entries) {
    if (id !== EVERYONE && !isPluginId(id)) {
      const path = `plugins[${quote(String(id))}]`;
      throw new InvalidState(path, "is not a valid plugin ID");
    }
    const path = joinJsonPath("plugins", id);
    try {
      const copy = copyJson(state, path);
      if (!copy.ok) throw new InvalidState(copy.path, copy.what);
      const plugin = id === EVERYONE
        ? readEveryone(copy.value, path)
        : readPlugin(copy.value, path);
      if (Object.keys(plugin).length > 0) plugins.push([id, plugin]);
    } catch (thrown) {
      if (thrown instanceof InvalidState) thrown.id = id;
      throw thrown;
    }
  }
  plugins.sort(([a], [b]) => a < b ? -1 : 1);
  return new Map(plugins);
}

/** Sets the marks, each once and in the order of the IDs. */
function withMarks(
  { unrecorded: _, ...snapshot }: StateSnapshot,
  ids: Iterable<string>,
): StateSnapshot {
  const unrecorded = Object.freeze([...new Set(ids)].sort());
  return Object.freeze({
    ...snapshot,
    ...unrecorded.length === 0 ? {} : { unrecorded },
  });
}

/** The state, or the fault that keeps it from being known. No value is shown. */
export type StateResult =
  | { readonly ok: true; readonly snapshot: StateSnapshot }
  | { readonly ok: false; readonly fault: StateFault };

const RESTORE = "Restore the file from a backup, or move it away to begin " +
  "with a state in which no plugin is disabled";

export function failState(what: string, remedy: string = RESTORE): StateResult {
  return { ok: false, fault: { what, remedy } };
}

function failAt(path: string, what: string, remedy = RESTORE): StateResult {
  return { ok: false, fault: { what, remedy, path } };
}

function readState(value: JsonObject): StateSnapshot {
  const { revision, plugins, unrecorded = [], epoch, readAt } = value;
  if (
    typeof revision !== "number" || !Number.isSafeInteger(revision) ||
    revision < 0 || revision === Number.MAX_SAFE_INTEGER
  ) {
    throw new InvalidState("revision", "is not a valid count");
  }
  if (!isJsonObject(plugins)) {
    throw new InvalidState("plugins", "is not an object");
  }
  const snapshot = {
    revision,
    plugins: readPlugins(Object.entries(plugins)),
    ...epoch === undefined ? {} : { epoch: readLine(epoch, "epoch") },
    ...readAt === undefined ? {} : { readAt: readTime(readAt, "readAt") },
  };
  if (!Array.isArray(unrecorded) || !unrecorded.every(isMarkedId)) {
    throw new InvalidState("unrecorded", "is not a list of plugin IDs");
  }
  return withMarks(snapshot, unrecorded);
}

/** Parses the text of a state file. Nothing is guessed: a text is valid as a whole or not at all. */
export function parseState(text: string): StateResult {
  if (text === "") return failState("it is empty");
  if (text.startsWith("\ufeff")) {
    return failState("it begins with a byte order mark");
  }
  if (text.includes("\0")) return failState("it contains NUL characters");
  const json = parseJson(text);
  if (!json.ok) {
    const { line, column, duplicateKey } = json.fault;
    return failState(
      duplicateKey === undefined
        ? `it is not JSON (line ${line} column ${column})`
        : `it has the duplicate key ${quote(duplicateKey)} (line ${line})`,
    );
  }
  const { value } = json;
  if (!isJsonObject(value)) return failState("it is not an object");
  const { schema } = value;
  if (typeof schema === "number" && schema > STATE_SCHEMA) {
    return failAt(
      "schema",
      `it has the schema ${schema}, and this version of the package knows ${STATE_SCHEMA}`,
      "Use the version of the package that wrote it, or a newer one",
    );
  }
  if (schema !== STATE_SCHEMA) {
    return failAt("schema", `it does not have the schema ${STATE_SCHEMA}`);
  }
  const stranger = Object.keys(value).find((field) => !FIELDS.has(field));
  if (stranger !== undefined) {
    return failAt(stranger, `${quote(stranger)} is not a field`);
  }
  try {
    return { ok: true, snapshot: readState(value) };
  } catch (thrown) {
    if (!(thrown instanceof InvalidState)) throw thrown;
    return failAt(thrown.path, thrown.message);
  }
}

/** Parses the bytes of a state file; of a longer one, the first that are too many suffice. */
export function decodeState(bytes: Uint8Array): StateResult {
  if (bytes.length > MAX_FILE_BYTES) return failState(TOO_LONG);
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return failState("it is not UTF-8 text");
  }
  return parseState(text);
}

/** Writes a state as text that people can read. */
export function formatState(snapshot: StateSnapshot): string {
  const { revision, plugins, ...others } = snapshot;
  const content = {
    schema: STATE_SCHEMA,
    revision,
    plugins: Object.fromEntries(plugins),
    ...others,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** The length of everything except what stops a plugin: configurations and consents. */
function weightOf({ plugins }: StateSnapshot): number {
  let weight = 0;
  for (const { config, consent } of plugins.values()) {
    for (const part of [config, consent]) {
      if (part !== undefined) weight += JSON.stringify(part).length;
    }
  }
  return weight;
}

/** Writes a state as bytes. Throws if configurations fill the file too far. */
export function encodeState(
  next: StateSnapshot,
  current: StateSnapshot,
): Uint8Array {
  const bytes = new TextEncoder().encode(formatState(next));
  const { length } = bytes;
  const isFull = length > MAX_STATE_BYTES && weightOf(next) > weightOf(current);
  if (!isFull && length <= MAX_FILE_BYTES) return bytes;
  throw new PluginError(
    `Cannot store the state of plugins: it would have ${length} bytes`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: `Store at most ${MAX_STATE_BYTES} bytes`,
    },
  );
}

/**
 * Checks and copies the plugins that a caller gives. They are deeply frozen and
 * in the order of their IDs. A state without decisions is left out.
 *
 * @throws {PluginError} `PLUGIN_CONFIG_INVALID` if a configuration is not JSON,
 * `PLUGIN_OPTION_INVALID` if anything else is invalid.
 */
export function toPlugins(
  entries: Iterable<readonly [string, PluginState]>,
): ReadonlyMap<string, PluginState> {
  try {
    return readPlugins(entries);
  } catch (thrown) {
    if (!(thrown instanceof InvalidState)) throw thrown;
    const { id, path, message } = thrown;
    const inConfig = id !== undefined && /\.config\b/.test(path);
    const subject = id === undefined ? "plugins" : `plugin ${quote(id)}`;
    throw new PluginError(`Cannot store the state of ${subject}: ${message}`, {
      code: inConfig ? "PLUGIN_CONFIG_INVALID" : "PLUGIN_OPTION_INVALID",
      pluginId: id,
      remedy: "Store only values that JSON has",
    });
  }
}

/**
 * Removes marks; returns `current` itself if it has none of them.
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
 * Makes the next state; returns `current` itself if the change has no effect.
 *
 * @throws {PluginError} if the result of `change` cannot be stored.
 */
export function applyChange(
  current: StateSnapshot,
  change: StateChange,
  isMarked = false,
): StateSnapshot {
  const returned: unknown = change(copySnapshot(current));
  if (returned === undefined) return current;
  if (!(returned instanceof Map)) {
    throw new PluginError(
      "Cannot store the state of plugins: the change did not return a Map",
      {
        code: "PLUGIN_OPTION_INVALID",
        remedy: "Return a Map from plugin IDs to states, and no promise of it",
      },
    );
  }
  const plugins = toPlugins(returned);
  const textOf = (state: PluginState | undefined) => JSON.stringify(state);
  const touched = [...new Set([...current.plugins.keys(), ...plugins.keys()])]
    .filter((id) =>
      textOf(current.plugins.get(id)) !== textOf(plugins.get(id))
    );
  if (touched.length === 0) return current;
  const { epoch = crypto.randomUUID(), revision, unrecorded = [] } = current;
  return withMarks({ revision: revision + 1, plugins, epoch }, [
    ...unrecorded,
    ...isMarked ? touched : [],
  ]);
}

/**
 * Makes a copy of a state that was read from another store. Marks stay there.
 *
 * @throws {PluginError} if it cannot be stored.
 */
export function toCopy(snapshot: StateSnapshot, readAt: string): StateSnapshot {
  const { revision, plugins, epoch } = snapshot;
  return Object.freeze({
    revision,
    plugins: toPlugins(plugins),
    ...epoch === undefined ? {} : { epoch },
    readAt,
  });
}

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
