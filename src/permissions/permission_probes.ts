/**
 * How to ask Deno about what a query cannot hold.
 *
 * `Deno.permissions.query` takes single hosts and single variables. A wildcard
 * or a range is granted when something is that only it can grant.
 *
 * @module
 */

import { ipv4FromNumber, ipv4ToNumber } from "./ip_address.ts";
import { isPlainHost, parseNetEndpoint } from "./net_endpoint.ts";
import type { PermissionEntry } from "./permission_set.ts";

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
