import { argumentError, isRecord, PluginError } from "../base/errors.ts";
import { isAbsolutePath, normalizePath } from "../base/path.ts";
import { CoverIndex, type CoverKey, coverKey, keyText } from "./cover_index.ts";
import {
  formatNetEndpoint,
  isPlainHost,
  parseNetEndpoint,
} from "./net_endpoint.ts";
import {
  canonicalSysKind,
  formatEntry,
  listEntries,
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "./permission_set.ts";
import { barePort, isPath, valueFault } from "./value_fault.ts";

/** Converts a valid value that is no path: a bare port becomes three. */
export function normalValues(
  kind: PermissionKind,
  value: string,
): readonly string[] {
  if (kind === "sys") return [canonicalSysKind(value)];
  if (kind !== "net" && kind !== "import") return [value];
  if (isPlainHost(value)) return [value];
  const port = kind === "net" ? barePort(value) : undefined;
  if (port !== undefined) {
    return ["0.0.0.0", "127.0.0.1", "localhost"].map((host) =>
      `${host}:${port}`
    );
  }
  const endpoint = parseNetEndpoint(value);
  return ["fault" in endpoint ? value : formatNetEndpoint(endpoint)];
}

/** Returns the shortest list that permits the same; values must be normal. */
function minimalList(
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

/** Makes a set of entries whose values are normal already. */
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
    if (list === undefined) continue;
    set[kind] = list === true ? true : minimalList(kind, list);
  }
  return Object.freeze(set);
}

/**
 * Makes a set list by list, for the declarations of every plugin: it takes half
 * the time of making it of entries.
 */
export function normalizeLists(
  declaration: PermissionDeclaration,
  normalize: (kind: PermissionKind, value: string) => readonly string[],
): PermissionSet {
  const set: Partial<Record<PermissionKind, true | readonly string[]>> = {};
  for (const kind of PERMISSION_KINDS) {
    const list = declaration[kind];
    if (list === undefined) continue;
    if (list === true) {
      set[kind] = true;
      continue;
    }
    const values: string[] = [];
    // forEach skips holes.
    list.forEach((value) => values.push(...normalize(kind, value)));
    if (values.length > 0) set[kind] = minimalList(kind, values);
  }
  return Object.freeze(set);
}

function invalid(entry: PermissionEntry, fault: string): PluginError {
  return new PluginError(
    `Cannot use a permission set: ${formatEntry(entry)} ${fault}`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: "Make the set with normalizePermissions",
    },
  );
}

function readEntry(entry: PermissionEntry): readonly PermissionEntry[] {
  const { kind, value } = entry;
  if (value === undefined) return [entry];
  // A directory that exists may have any character in its name, even a comma.
  if (isPath(kind, value, true)) {
    if (!isAbsolutePath(value)) throw invalid(entry, "is not an absolute path");
    return [{ kind, value: normalizePath(value) }];
  }
  const found = valueFault(kind, value, undefined);
  if (found !== undefined) throw invalid(entry, found.fault);
  return normalValues(kind, value).map((each) => ({ kind, value: each }));
}

/**
 * Converts a set that a caller passed to normal form.
 *
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a path is relative or Deno
 * would reject a value.
 */
export function readSet(set: PermissionSet): PermissionSet {
  if (!isRecord(set)) {
    throw argumentError(set, {
      action: "read permissions",
      expected: "a set of permissions",
      remedy: 'Give an object, as in { net: ["example.com:443"] }',
    });
  }
  return normalForm(listEntries(set).flatMap(readEntry));
}
