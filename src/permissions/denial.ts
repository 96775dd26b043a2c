/**
 * Tells a denial that a narrower flag overrides from one that stays.
 *
 * @module
 */

import { isIpv4 } from "./ip_address.ts";
import { type NetEndpoint, parseNetEndpoint } from "./net_endpoint.ts";
import { normalizePath } from "../base/path.ts";
import type { PermissionEntry } from "./permission_set.ts";
import type { PermissionState } from "./permission_states.ts";

function widerHosts(endpoint: NetEndpoint): readonly string[] {
  if (!("host" in endpoint)) return [];
  const { kind, host, port } = endpoint;
  const suffix = port === undefined ? "" : `:${port}`;
  const star = kind === "wildcard" ? "*." : "";
  const withoutPort = port === undefined ? [] : [`${star}${host}`];
  // Among ranges of addresses Deno heeds the wider one.
  if (kind === "subnet") return withoutPort;
  if (isIpv4(host)) return [...withoutPort, `${host}/31${suffix}`];
  if (kind === "ip") return withoutPort;
  const [, ...parents] = host.split(".");
  return [
    ...withoutPort,
    ...kind === "host" ? [`*.${host}${suffix}`] : [],
    ...parents.length === 0 ? [] : [`*.${parents.join(".")}${suffix}`],
  ];
}

function widerValues({ kind, value = "" }: PermissionEntry): readonly string[] {
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return [normalizePath(`${value}/..`)].filter((path) => path !== value);
    case "env":
      if (!value.endsWith("*")) return [`${value}*`];
      return value === "*" ? [] : [`${value.slice(0, -2)}*`];
    case "net":
    case "import": {
      const endpoint = parseNetEndpoint(value);
      return "fault" in endpoint ? [] : widerHosts(endpoint);
    }
    case "run":
    case "sys":
      return [];
  }
}

/**
 * Tests if a denied permission would be granted by a flag `--allow-*` for it
 * alone, because what denies it is wider and Deno heeds the narrower flag.
 *
 * @param entry A permission that is denied, in normal form.
 * @param ask Asks Deno about a permission.
 * @returns False if a flag denies exactly this, as far as Deno tells.
 */
export function isNarrowerThanDenial(
  entry: PermissionEntry,
  ask: (entry: PermissionEntry) => PermissionState,
): boolean {
  const { kind, value } = entry;
  if (value === undefined) return false;
  if (ask({ kind }) === "denied") return true;
  return widerValues(entry).some((wider) =>
    ask({ kind, value: wider }) === "denied"
  );
}
