/**
 * Asks `Deno.permissions`, whose queries take single hosts and variables only.
 * For a wildcard or a range, asks about values that only it can grant.
 *
 * @module
 */

import {
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

/** The answer of `Deno.permissions` to a query. */
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
  switch (endpoint.kind) {
    case "wildcard":
      return [{ kind, value: `${IMPOSSIBLE_LABEL}.${endpoint.host}${port}` }];
    case "subnet":
      return subnetProbes(endpoint.host, port).map((host) => ({
        kind,
        value: host,
      }));
    default:
      return [entry];
  }
}

const BROKER_VARIABLE = "DENO_PERMISSION_BROKER_PATH";

/** Options of {@linkcode detectPermissionBroker}. */
export interface DetectPermissionBrokerOptions {
  /**
   * Reads a variable of the environment; may throw.
   *
   * @default {Deno.env.get}
   */
  readonly readVariable?: ((name: string) => string | undefined) | undefined;
  /**
   * Queries a permission.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
  /**
   * Permissions that the caller has just used with success. If Deno does not
   * report one as granted, a broker granted it.
   *
   * @default {[]}
   */
  readonly used?: Iterable<PermissionEntry> | undefined;
}

/**
 * Tests if a permission broker decides for this process, so that the answers of
 * `Deno.permissions` mean nothing. Needs no permission, never prompts and never
 * throws.
 *
 * Reads the variable with the broker's path only if that cannot prompt. If the
 * variable is unreadable, a used permission that Deno does not report as
 * granted proves a broker.
 *
 * @param options The sources to look at.
 * @returns True when a broker is certain, otherwise false.
 */
export function detectPermissionBroker(
  options: DetectPermissionBrokerOptions = {},
): boolean {
  const {
    readVariable = (name) => Deno.env.get(name),
    query = queryDeno,
    used = [],
  } = options;
  const { state } = query({ name: "env", variable: BROKER_VARIABLE });
  if (state !== "prompt") {
    try {
      if (readVariable(BROKER_VARIABLE)) return true;
    } catch {
      // Refused although a flag grants it: only a broker does that.
      if (state === "granted") return true;
    }
  }
  for (const entry of used) {
    if (query(permissionDescriptor(entry)).state !== "granted") return true;
  }
  return false;
}
