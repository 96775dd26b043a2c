/**
 * Asks `Deno.permissions`, whose queries take single hosts and variables only.
 * For a wildcard or a range, asks about values that only it can grant.
 *
 * @module
 */

import {
  hostOf,
  ipv4FromNumber,
  ipv4ToNumber,
  isPlainHost,
  parseNetEndpoint,
} from "./net_endpoint.ts";
import type { PermissionEntry, PermissionKind } from "./permission_set.ts";

/** A query of `Deno.permissions`. Deno changes it, so it must be fresh. */
export type PermissionDescriptor = {
  name: PermissionKind;
  path?: string;
  host?: string;
  variable?: string;
  kind?: string;
  command?: string;
};

/** The result of a query of `Deno.permissions`. */
export type PermissionAnswer = Readonly<{
  /** `"prompt"` if Deno would ask a person. */
  state: "granted" | "prompt" | "denied";
  /** True if a part of a granted permission is denied. */
  partial: boolean;
}>;

/** Queries a permission, without a prompt. */
export type PermissionQuery = (
  descriptor: PermissionDescriptor,
) => PermissionAnswer;

/** Requests a permission. May prompt and wait for a person. */
export type PermissionRequest = (
  descriptor: PermissionDescriptor,
) => PermissionAnswer | PromiseLike<PermissionAnswer>;

const VALUE_KEYS = {
  read: "path",
  write: "path",
  ffi: "path",
  net: "host",
  import: "host",
  env: "variable",
  sys: "kind",
  run: "command",
} as const;

/** Converts an entry to a fresh query. */
export function permissionDescriptor(
  { kind, value }: PermissionEntry,
): PermissionDescriptor {
  return value === undefined
    ? { name: kind }
    : { name: kind, [VALUE_KEYS[kind]]: value };
}

// Deno's types lack kinds of `sys` that it checks.
function forDeno(descriptor: PermissionDescriptor): Deno.PermissionDescriptor {
  return descriptor as Deno.PermissionDescriptor;
}

/** Queries Deno itself. Needs no permission and never prompts. */
export function queryDeno(descriptor: PermissionDescriptor): PermissionAnswer {
  return Deno.permissions.querySync(forDeno(descriptor));
}

/** Lets Deno ask the person at the terminal; `"denied"` without a terminal. */
export function requestDeno(
  descriptor: PermissionDescriptor,
): Promise<PermissionAnswer> {
  return Deno.permissions.request(forDeno(descriptor));
}

/**
 * Represents every subdomain in a query: no label of a host is longer than 63
 * characters, so that nobody grants this one by name. Deno 2.9 accepts it.
 */
export const IMPOSSIBLE_LABEL: string = "x".repeat(64);
const MAX_PROBES = 16;

function subnetProbes(subnet: string, port: string): readonly string[] {
  const [address = "", length = ""] = subnet.split("/");
  const first = ipv4ToNumber(address);
  const size = 2 ** (32 - Number(length));
  const count = Math.min(size, MAX_PROBES);
  // Evenly spread from the first address to the last, so that no smaller range
  // holds all of them.
  return Array.from({ length: count }, (_, index) => {
    const offset = count === 1
      ? 0
      : Math.floor(index * (size - 1) / (count - 1));
    return `${ipv4FromNumber(first + offset)}${port}`;
  });
}

/**
 * Returns the entries to query for an entry in normal form. The entry is
 * granted when all of them are.
 */
export function permissionProbes(
  entry: PermissionEntry,
): readonly PermissionEntry[] {
  const { kind, value } = entry;
  if (value === undefined) return [entry];
  if (kind === "env") {
    // Only a wildcard grants a name with an equals sign: no flag accepts one.
    return value.endsWith("*")
      ? [{ kind, value: `${value.slice(0, -1)}=` }]
      : [entry];
  }
  if (kind !== "net" && kind !== "import") return [entry];
  if (isPlainHost(value)) return [entry];
  const endpoint = parseNetEndpoint(value);
  if ("fault" in endpoint || !("host" in endpoint)) return [entry];
  const port = endpoint.port === undefined ? "" : `:${endpoint.port}`;
  if (endpoint.kind === "wildcard") {
    return [{ kind, value: `${IMPOSSIBLE_LABEL}.${endpoint.host}${port}` }];
  }
  if (endpoint.kind !== "subnet") return [entry];
  return subnetProbes(endpoint.host, port).map((host) => ({
    kind,
    value: host,
  }));
}

const BROKER_VARIABLE = "DENO_PERMISSION_BROKER_PATH";

/**
 * Tests if a permission broker decides for this process, so that `Deno.permissions`
 * means nothing. Needs no permission and never prompts.
 *
 * Reads the variable with the broker's path only if that cannot prompt.
 */
export function detectPermissionBroker(
  query: PermissionQuery = queryDeno,
  readVariable: (name: string) => string | undefined = (name) =>
    Deno.env.get(name),
): boolean {
  const { state } = query({ name: "env", variable: BROKER_VARIABLE });
  if (state === "prompt") return false;
  try {
    return Boolean(readVariable(BROKER_VARIABLE));
  } catch {
    // Refused although a flag grants it: only a broker does that.
    return state === "granted";
  }
}

const JSR_VARIABLE = "JSR_URL";
const JSR_HOST = "jsr.io:443";

/**
 * Returns the host that Deno imports `jsr:` packages from: this package, those
 * it depends on, and plugins. Reads the variable `JSR_URL` only if that cannot
 * prompt.
 */
export function jsrHost(
  query: PermissionQuery = queryDeno,
  readVariable: (name: string) => string | undefined = (name) =>
    Deno.env.get(name),
): string {
  try {
    const { state } = query({ name: "env", variable: JSR_VARIABLE });
    if (state !== "granted") return JSR_HOST;
    const url = URL.parse(readVariable(JSR_VARIABLE) ?? "");
    return url !== null && /^https?:$/.test(url.protocol)
      ? hostOf(url)
      : JSR_HOST;
  } catch {
    // Only a broker refuses what a flag grants.
    return JSR_HOST;
  }
}
