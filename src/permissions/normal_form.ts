/**
 * The normal form of a set.
 *
 * @module
 */

import { argumentError, isRecord } from "../base/argument.ts";
import { PluginError } from "../base/errors.ts";
import { CoverIndex, type CoverKey, coverKey, keyText } from "./cover_index.ts";
import { normalValues } from "./normal_values.ts";
import { isAbsolutePath, normalizePath } from "../base/path.ts";
import {
  entriesOf,
  formatEntry,
  PERMISSION_KINDS,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import { valueFault } from "./value_fault.ts";

/**
 * Brings a list of one kind into normal form.
 *
 * @param kind The kind.
 * @param values Values that are normal already, in any order, repeated or not.
 * @returns The least list that permits the same, sorted; frozen.
 */
export function minimalList(
  kind: PermissionKind,
  values: readonly string[],
): readonly string[] {
  // Most lists of most plugins: nothing to sort, nothing to cover.
  if (values.length === 1) return Object.freeze([...values]);
  const members = new Map<string, readonly [string, CoverKey]>();
  for (const value of values.toSorted()) {
    const key = coverKey(kind, value);
    const text = keyText(key);
    if (!members.has(text)) members.set(text, [value, key]);
  }
  const index = new CoverIndex(Array.from(members.values(), ([, key]) => key));
  return Object.freeze(
    Array.from(members.values())
      .filter(([, key]) => !index.coversMember(key)).map(([value]) => value),
  );
}

/**
 * Makes a set of entries whose values are normal already.
 *
 * @param entries The entries, in any order, repeated or not.
 * @returns The set in normal form.
 */
export function normalForm(entries: Iterable<PermissionEntry>): PermissionSet {
  const lists = new Map<PermissionKind, true | string[]>();
  for (const { kind, value } of entries) {
    const list = lists.get(kind);
    if (list === true) continue;
    if (value === undefined) lists.set(kind, true);
    else if (list === undefined) lists.set(kind, [value]);
    else list.push(value);
  }
  const set: Partial<Record<PermissionKind, true | readonly string[]>> = {};
  for (const kind of PERMISSION_KINDS) {
    const list = lists.get(kind);
    if (list === true) set[kind] = true;
    else if (list !== undefined) set[kind] = minimalList(kind, list);
  }
  return Object.freeze(set);
}

function invalid(entry: PermissionEntry, what: string): PluginError {
  return new PluginError(
    `Cannot use a permission set: ${formatEntry(entry)} ${what}`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: "Make the set with normalizePermissions",
    },
  );
}

function readEntry(entry: PermissionEntry): readonly PermissionEntry[] {
  const { kind, value } = entry;
  if (value === undefined) return [entry];
  const isPath = kind === "read" || kind === "write" || kind === "ffi" ||
    (kind === "run" && /[\\/]/.test(value));
  // A directory somebody else chose may bear any character, even a comma.
  if (isPath) {
    if (!isAbsolutePath(value)) throw invalid(entry, "is not an absolute path");
    return [{ kind, value: normalizePath(value) }];
  }
  const fault = valueFault(kind, value, undefined);
  if (fault !== undefined) throw invalid(entry, fault.fault);
  return normalValues(kind, value).map((each) => ({ kind, value: each }));
}

/**
 * Brings a set that a caller handed over into normal form.
 *
 * @param set A set whose paths are absolute.
 * @returns The same set in normal form.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or a
 * value is one that Deno would reject.
 */
export function readSet(set: PermissionSet): PermissionSet {
  if (!isRecord(set)) {
    throw argumentError(set, {
      action: "read permissions",
      expected: "a set of permissions",
      remedy: 'Give an object, as in { net: ["example.com:443"] }',
    });
  }
  return normalForm(entriesOf(set).flatMap(readEntry));
}
