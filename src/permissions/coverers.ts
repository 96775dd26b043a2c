/**
 * Which values cover a value: the one place that knows what Deno's lists mean.
 *
 * @module
 */

import { ipv4FromNumber, ipv4ToNumber, isIpv4 } from "./ip_address.ts";
import { parseNetEndpoint } from "./net_endpoint.ts";
import type { PermissionKind } from "./permission_kind.ts";
import { comparablePath, pathAndParents } from "./permission_path.ts";

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
