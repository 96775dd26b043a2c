/**
 * What `net` and `import` hold, read the way Deno 2.9 reads it.
 *
 * @module
 */

import { type Fault, faultOf } from "./fault.ts";
import {
  canonicalIpv6,
  ipv4FromNumber,
  ipv4ToNumber,
  isIpv4,
} from "./ip_address.ts";
import { normalizePath } from "../base/path.ts";

/** One thing that can be reached over the network. */
export type NetEndpoint = Readonly<
  | {
    kind: "host" | "wildcard" | "ip" | "subnet";
    host: string;
    port?: number;
  }
  | { kind: "vsock"; cid: number; port: number }
  | { kind: "unix"; path: string }
>;

const MAX_U32 = 2 ** 32 - 1;
const LABEL_REGEXP = /^[a-z\d_-]{1,63}$/;
// A name whose last part is a number is an address to every URL parser, and
// never equal to the name that Deno keeps in its list.
const NUMERIC_REGEXP = /^(?:\d+|0x[\da-f]*)$/;
const SUBNET_REGEXP = /^([\d.]+)\/(\d{1,2})$/;
const PLAIN_HOST_REGEXP =
  /^(?:[a-z\d_-]{1,63}\.)+[a-z][a-z\d_-]{0,62}(?::[1-9]\d{0,3})?$/;

const HOST_REMEDY =
  'Write a host as "example.com", "example.com:443", "*.example.com", "192.0.2.1:80", "192.0.2.0/24" or "[2001:db8::1]:80"';

/**
 * Whether a value is what most are: a name of several parts, in lower case,
 * perhaps with a port, and nothing about it to look at twice.
 *
 * @param value A value of `net` or `import`.
 * @returns True for a host that Deno takes and that is normal as it stands;
 * false says nothing.
 */
export function isPlainHost(value: string): boolean {
  return value.length <= 253 && PLAIN_HOST_REGEXP.test(value);
}

function parseNumber(text: string, max: number): number | undefined {
  // Rust reads a plus sign and leading zeros, and so must we.
  if (!/^\+?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number <= max ? number : undefined;
}

function parseVsock(value: string): NetEndpoint | Fault {
  const [cidText = "", portText = "", ...rest] = value.slice(6).split(":");
  const cid = cidText === "-1" ? MAX_U32 : parseNumber(cidText, MAX_U32);
  const port = parseNumber(portText, MAX_U32);
  if (cid === undefined || port === undefined || rest.length > 0) {
    return faultOf(
      "is not a vsock address",
      'Write a context id and a port, as in "vsock:2:8080"',
    );
  }
  return { kind: "vsock", cid, port };
}

function parseUnix(value: string): NetEndpoint | Fault {
  const path = value.slice(5);
  if (!path.startsWith("/")) {
    return faultOf(
      "is not the address of a Unix socket: its path is not absolute",
      'Write an absolute path after "unix:", as in "unix:/run/app.sock"',
    );
  }
  return { kind: "unix", path: normalizePath(path) };
}

function parseSubnet(text: string): string | undefined {
  const [, address = "", lengthText = ""] = SUBNET_REGEXP.exec(text) ?? [];
  const length = Number(lengthText);
  if (!isIpv4(address) || length > 32) return undefined;
  const size = 2 ** (32 - length);
  const first = Math.floor(ipv4ToNumber(address) / size) * size;
  return `${ipv4FromNumber(first)}/${length}`;
}

function parseName(
  text: string,
): Readonly<{ kind: "host" | "wildcard"; host: string }> | Fault {
  const lower = text.toLowerCase();
  const wildcard = lower.startsWith("*.");
  const host = (wildcard ? lower.slice(2) : lower).replace(/\.$/, "");
  const labels = host.split(".");
  if (text === "*") {
    return faultOf(
      "is not a host, and Deno has no wildcard for every host",
      "Write true instead of the list to ask for every host",
    );
  }
  if (host.includes("*")) {
    return faultOf(
      "has a wildcard where Deno takes none",
      'Put the star at the beginning and a dot after it, as in "*.example.com"',
    );
  }
  // deno-lint-ignore no-control-regex
  if (/[^\u0000-\u007f]/.test(host)) {
    const ascii = URL.parse(`http://${host}/`)?.hostname;
    return faultOf(
      "is not a host in ASCII, which is all that Deno takes",
      ascii === undefined ? HOST_REMEDY : `Write it as "${ascii}"`,
    );
  }
  if (!labels.every((label) => LABEL_REGEXP.test(label)) || host.length > 253) {
    return faultOf("is not a host that Deno takes", HOST_REMEDY);
  }
  if (NUMERIC_REGEXP.test(labels.at(-1) ?? "")) {
    return faultOf(
      "looks like an address, and Deno would take it for a name that nothing bears",
      'Write an address as four decimal numbers without leading zeros, as in "192.0.2.1"',
    );
  }
  return { kind: wildcard ? "wildcard" : "host", host };
}

function parseBracketed(value: string): NetEndpoint | Fault {
  const end = value.indexOf("]");
  const inner = value.slice(1, end);
  const after = value.slice(end + 1);
  if (inner.includes("%")) {
    return faultOf(
      "names a zone, which Deno leaves out of the comparison",
      "Leave out the percent sign and what follows it up to the bracket",
    );
  }
  const host = end === -1 ? undefined : canonicalIpv6(inner);
  if (host === undefined || (after !== "" && !after.startsWith(":"))) {
    return faultOf(
      inner.includes("/") || after.startsWith("/")
        ? "is a range of IPv6 addresses, which Deno does not take"
        : "is not an IPv6 address in square brackets",
      'Write one address, as in "[2001:db8::1]" or "[2001:db8::1]:443"',
    );
  }
  if (after === "") return { kind: "ip", host };
  return withPort({ kind: "ip", host }, after.slice(1));
}

function withPort(
  endpoint: Readonly<
    { kind: "host" | "wildcard" | "ip" | "subnet"; host: string }
  >,
  text: string,
): NetEndpoint | Fault {
  const port = parseNumber(text, 65_535);
  return port === undefined
    ? faultOf(
      "has a port that is none",
      "Write a port from 0 to 65535 after the colon, or leave out the colon",
    )
    : { ...endpoint, port };
}

/**
 * Reads one value of `net` or `import`.
 *
 * @param value The value; a bare port (`:8080`) is not one endpoint but three,
 * and not taken here.
 * @returns The endpoint, or why Deno would reject or misread it.
 */
export function parseNetEndpoint(value: string): NetEndpoint | Fault {
  if (value.startsWith("vsock:")) return parseVsock(value);
  if (value.startsWith("unix:")) return parseUnix(value);
  if (value.includes("://")) {
    const host = URL.parse(value)?.host;
    return faultOf(
      "is a URL, and Deno takes hosts",
      host ? `Write the host alone, as in "${host}"` : HOST_REMEDY,
    );
  }
  if (value.startsWith("[")) return parseBracketed(value);
  const colon = value.indexOf(":");
  if (colon !== -1 && value.indexOf(":", colon + 1) !== -1) {
    return faultOf(
      "has two colons and no square brackets",
      'Put an IPv6 address into square brackets, as in "[2001:db8::1]:443"',
    );
  }
  const text = colon === -1 ? value : value.slice(0, colon);
  if (text.includes("%")) {
    return faultOf("is not a host that Deno takes", HOST_REMEDY);
  }
  const subnet = parseSubnet(text);
  const host = isIpv4(text)
    ? { kind: "ip" as const, host: text }
    : subnet === undefined
    ? parseName(text)
    : { kind: "subnet" as const, host: subnet };
  if ("fault" in host) return host;
  return colon === -1 ? host : withPort(host, value.slice(colon + 1));
}

/**
 * Writes an endpoint the one way that stands for it in a normal form.
 *
 * @param endpoint The endpoint.
 * @returns A value that Deno takes, and that two equal endpoints share.
 */
export function formatNetEndpoint(endpoint: NetEndpoint): string {
  switch (endpoint.kind) {
    case "unix":
      return `unix:${endpoint.path}`;
    case "vsock":
      return `vsock:${endpoint.cid}:${endpoint.port}`;
    default: {
      const star = endpoint.kind === "wildcard" ? "*." : "";
      const port = endpoint.port === undefined ? "" : `:${endpoint.port}`;
      return `${star}${endpoint.host}${port}`;
    }
  }
}
