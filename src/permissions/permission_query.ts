/**
 * How `Deno.permissions` is asked, a power that is handed in, and whether its
 * answers mean anything.
 *
 * `Deno.permissions.query` takes single hosts and single variables. A wildcard
 * or a range is granted when something is that only it can grant.
 *
 * @module
 */

import { ipv4FromNumber, ipv4ToNumber } from "./ip_address.ts";
import { isPlainHost, parseNetEndpoint } from "./net_endpoint.ts";
import type { PermissionEntry, PermissionKind } from "./permission_set.ts";

/** One question to `Deno.permissions`; Deno writes into it, so it is fresh. */
export type PermissionDescriptor = {
  name: PermissionKind;
  path?: string;
  host?: string;
  variable?: string;
  kind?: string;
  command?: string;
};

/** What `Deno.permissions` answers. */
export type PermissionAnswer = Readonly<{
  /** Whether it is granted, denied, or would be asked for. */
  state: "granted" | "prompt" | "denied";
  /** Whether a part of what is granted is denied. */
  partial: boolean;
}>;

/** Asks, without ever prompting. */
export type PermissionQuery = (
  descriptor: PermissionDescriptor,
) => PermissionAnswer;

/** Asks for a permission; may prompt, and wait for the answer. */
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

/**
 * Puts an entry the way `Deno.permissions` takes it.
 *
 * @param entry The entry; its value is handed over as it stands.
 * @returns A fresh descriptor.
 */
export function permissionDescriptor(
  { kind, value }: PermissionEntry,
): PermissionDescriptor {
  return value === undefined
    ? { name: kind }
    : { name: kind, [VALUE_KEYS[kind]]: value };
}

// Deno's declared types leave out kinds of `sys` that it checks.
function forDeno(descriptor: PermissionDescriptor): Deno.PermissionDescriptor {
  return descriptor as Deno.PermissionDescriptor;
}

/**
 * Asks Deno itself. Needs no permission and never prompts.
 *
 * @param descriptor What to ask for.
 * @returns The answer of this moment.
 */
export function queryDeno(descriptor: PermissionDescriptor): PermissionAnswer {
  return Deno.permissions.querySync(forDeno(descriptor));
}

/**
 * Asks the person at the terminal, through Deno. Needs no permission.
 *
 * @param descriptor What to ask for.
 * @returns What was answered; `"denied"` at once where nobody can be asked.
 */
export function requestDeno(
  descriptor: PermissionDescriptor,
): Promise<PermissionAnswer> {
  return Deno.permissions.request(forDeno(descriptor));
}

/**
 * Stands for every subdomain: no label of a host is longer than 63 characters,
 * so nobody grants this one by name; Deno 2.9 takes it in a query.
 */
export const IMPOSSIBLE_LABEL: string = "x".repeat(64);
const MAX_PROBES = 16;

function subnetProbes(subnet: string, port: string): readonly string[] {
  const [address = "", length = ""] = subnet.split("/");
  const first = ipv4ToNumber(address);
  const size = 2 ** (32 - Number(length));
  const count = Math.min(size, MAX_PROBES);
  // Evenly spread from the first address to the last: a smaller range that
  // holds them all there is none.
  return Array.from({ length: count }, (_, index) => {
    const offset = count === 1
      ? 0
      : Math.floor(index * (size - 1) / (count - 1));
    return `${ipv4FromNumber(first + offset)}${port}`;
  });
}

/**
 * What to ask Deno to learn about an entry.
 *
 * @param entry An entry in normal form.
 * @returns Entries that a query can hold. The entry is granted when all of
 * them are.
 */
export function permissionProbes(
  entry: PermissionEntry,
): readonly PermissionEntry[] {
  const { kind, value } = entry;
  if (value === undefined) return [entry];
  if (kind === "env") {
    // A variable with an equals sign in its name is one that only a wildcard
    // can grant: the command line takes none.
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

/** What {@linkcode detectPermissionBroker} is given. */
export interface DetectPermissionBrokerOptions {
  /**
   * Reads one variable of the environment, and may throw.
   *
   * @default {Deno.env.get}
   */
  readonly readVariable?: ((name: string) => string | undefined) | undefined;
  /**
   * Asks Deno.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
  /**
   * Permissions that the caller has just used with success. Where Deno says of
   * one that it is not granted, somebody else granted it.
   *
   * @default {[]}
   */
  readonly used?: Iterable<PermissionEntry> | undefined;
}

/**
 * Whether a permission broker decides about this process, so that what
 * `Deno.permissions` answers means nothing. Needs no permission, never prompts
 * and never throws.
 *
 * The variable that names the broker is read only where that cannot prompt.
 * Where it may not be read, a permission that was used with success although
 * Deno says that it is not granted gives the broker away.
 *
 * @param options How to look.
 * @returns True when a broker is certain; false when nothing speaks for one.
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
      // Refused although the flags grant it: that is the broker speaking.
      if (state === "granted") return true;
    }
  }
  for (const entry of used) {
    if (query(permissionDescriptor(entry)).state !== "granted") return true;
  }
  return false;
}
