/**
 * The normal form of a set, and which values cover a value: the one place that
 * knows what Deno's lists mean.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import { ipv4FromNumber, ipv4ToNumber, isIpv4 } from "./ip_address.ts";
import { parseNetEndpoint } from "./net_endpoint.ts";
import { normalValues } from "./normal_values.ts";
import {
  comparablePath,
  isAbsolutePath,
  normalizePath,
  pathAndParents,
} from "./permission_path.ts";
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
 * What a value of a normal form is compared by.
 *
 * @param kind The kind of the value.
 * @param value A value in normal form.
 * @returns A text that two values share when Deno takes them for the same.
 */
export function comparisonKey(kind: PermissionKind, value: string): string {
  return kind === "read" || kind === "write" || kind === "ffi" || kind === "run"
    ? comparablePath(value)
    : value;
}

function subnetsOf(host: string): readonly string[] {
  const [address = "", length = "32"] = host.split("/");
  if (!isIpv4(address)) return [];
  const number = ipv4ToNumber(address);
  return Array.from({ length: Number(length) + 1 }, (_, bits) => {
    const size = 2 ** (32 - bits);
    return `${ipv4FromNumber(Math.floor(number / size) * size)}/${bits}`;
  });
}

function wildcardsOf(host: string): readonly string[] {
  const labels = host.split(".");
  // "*.example.com" stands for example.com itself as well.
  return labels.map((_, index) => `*.${labels.slice(index).join(".")}`);
}

function endpointCoverers(value: string): readonly string[] {
  const endpoint = parseNetEndpoint(value);
  if ("fault" in endpoint || !("host" in endpoint)) return [value];
  const { kind, host, port } = endpoint;
  const hosts = kind === "host"
    ? [host, ...wildcardsOf(host)]
    : kind === "wildcard"
    ? wildcardsOf(host)
    : [host, ...subnetsOf(host)];
  return port === undefined
    ? hosts
    : hosts.flatMap((each) => [`${each}:${port}`, each]);
}

function nameCoverers(value: string): readonly string[] {
  const wildcard = value.endsWith("*");
  const name = wildcard ? value.slice(0, -1) : value;
  const prefixes = Array.from(
    { length: name.length + 1 },
    (_, length) => `${name.slice(0, length)}*`,
  );
  return wildcard ? prefixes : [name, ...prefixes];
}

/**
 * Every value that would permit what this one permits.
 *
 * @param kind The kind of the value.
 * @param value A value in normal form.
 * @returns Comparison keys, that of the value itself among them.
 */
export function coverersOf(
  kind: PermissionKind,
  value: string,
): readonly string[] {
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return pathAndParents(comparablePath(value));
    case "net":
    case "import":
      return endpointCoverers(value);
    case "env":
      return nameCoverers(value);
    // A program is granted by itself, never by the directory it lies in.
    case "run":
    case "sys":
      return [comparisonKey(kind, value)];
  }
}

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
  const byKey = new Map<string, string>();
  for (const value of values.toSorted()) {
    const key = comparisonKey(kind, value);
    if (!byKey.has(key)) byKey.set(key, value);
  }
  const minimal: string[] = [];
  for (const [key, value] of byKey) {
    const covered = coverersOf(kind, value).some((coverer) =>
      coverer !== key && byKey.has(coverer)
    );
    if (!covered) minimal.push(value);
  }
  return Object.freeze(minimal);
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
  return normalForm(entriesOf(set).flatMap(readEntry));
}
