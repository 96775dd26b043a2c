import { normalizePath } from "../base/path.ts";
import { quote } from "../base/text.ts";

/** A kind of permission, e.g. `"net"`. */
export type PermissionKind =
  | "read"
  | "write"
  | "net"
  | "env"
  | "sys"
  | "run"
  | "ffi"
  | "import";

/** The kinds of permission in Deno 2, in the order of its manual. */
export const PERMISSION_KINDS: readonly PermissionKind[] = Object.freeze(
  ["read", "write", "net", "env", "sys", "run", "ffi", "import"],
);

const KINDS: ReadonlySet<string> = new Set(PERMISSION_KINDS);

/** Tests if a name is a kind of permission. */
export function isPermissionKind(name: string): name is PermissionKind {
  return KINDS.has(name);
}

/** The longest value of a permission, in UTF-16 code units. */
export const MAX_VALUE_LENGTH = 1_024;

/** The most values that a list of one kind may hold. */
export const MAX_LIST_LENGTH = 1_000;

/** The kinds that `--allow-sys=` accepts on the command line of Deno 2.9. */
export const FLAG_SYS_KINDS: readonly string[] = Object.freeze([
  "cpus",
  "getPriority",
  "getegid",
  "gid",
  "homedir",
  "hostname",
  "loadavg",
  "networkInterfaces",
  "osRelease",
  "osUptime",
  "setPriority",
  "statfs",
  "systemMemoryInfo",
  "uid",
  "userInfo",
]);

/**
 * The kinds of system information that Deno checks. A permission set in
 * `deno.json` may hold each of them, the command line rejects some (2.9.6).
 */
export const SYS_KINDS: readonly string[] = Object.freeze(
  [
    ...FLAG_SYS_KINDS,
    "ca",
    "inspector",
    "setegid",
    "seteuid",
    "setgid",
    "setuid",
    "umask",
  ].sort(),
);

/** Returns the one name of a kind that Deno calls by two. */
export function canonicalSysKind(kind: string): string {
  return kind === "username" ? "userInfo" : kind;
}

/**
 * Permissions as a person writes them, in a manifest's `permissions` or a
 * host's `hostPermissions`: for each kind, `true` (all of it) or a list.
 */
export type PermissionDeclaration = Readonly<
  Partial<Record<PermissionKind, true | readonly string[]>>
>;

/** One permission: a kind and one value, or the whole kind without a value. */
export type PermissionEntry = Readonly<{
  /** The kind, e.g. `"net"`. */
  kind: PermissionKind;
  /** The value, e.g. `"example.com:443"`; absent for the whole kind. */
  value?: string;
}>;

/**
 * Permissions in normal form: paths absolute, hosts as Deno compares them,
 * sorted, without entries that another entry covers, without empty lists,
 * frozen.
 *
 * Two sets with the same permissions are deeply equal. `normalizePermissions`,
 * `union` and `difference` return the normal form. Every function that takes a
 * set converts it first, so that a literal works as well.
 */
export type PermissionSet = PermissionDeclaration;

/**
 * Lists the entries of a set.
 *
 * @example One entry per value, a whole kind without a value
 * ```ts
 * import { entriesOf } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(entriesOf({ net: ["a.b:443"], sys: true }), [
 *   { kind: "net", value: "a.b:443" },
 *   { kind: "sys" },
 * ]);
 * ```
 *
 * @param set The set.
 * @returns Its entries in their order, kind by kind; frozen.
 */
export function entriesOf(set: PermissionSet): readonly PermissionEntry[] {
  return freezeEntries(listEntries(set));
}

/** Lists the entries of a set, not frozen: a plan asks about thousands. */
export function listEntries(set: PermissionSet): PermissionEntry[] {
  const entries: PermissionEntry[] = [];
  for (const kind of PERMISSION_KINDS) {
    const list = set[kind];
    if (list === undefined) continue;
    if (list === true) entries.push({ kind });
    // forEach skips holes: an entry without a value would be the whole kind.
    else list.forEach((value) => entries.push({ kind, value }));
  }
  return entries;
}

/** Freezes new entries and their list. */
export function freezeEntries(
  entries: PermissionEntry[],
): readonly PermissionEntry[] {
  for (const entry of entries) Object.freeze(entry);
  return Object.freeze(entries);
}

/**
 * Names one permission in a message.
 *
 * @example A missing permission
 * ```ts
 * import { formatEntry } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatEntry({ kind: "net", value: "a.b:443" }), 'net to "a.b:443"');
 * assertEquals(formatEntry({ kind: "net" }), "net as a whole");
 * ```
 *
 * @param entry The permission.
 * @returns The kind and its value in quotes, on one line.
 */
export function formatEntry(entry: PermissionEntry): string {
  return entry.value === undefined
    ? `${entry.kind} as a whole`
    : `${entry.kind} to ${quote(entry.value)}`;
}

/**
 * The hosts that Deno 2.9 imports from without a flag. A flag
 * `--allow-import=…` replaces them: repeat those that are still needed.
 */
export const DEFAULT_IMPORT_HOSTS: readonly string[] = Object.freeze([
  "cdn.jsdelivr.net:443",
  "deno.land:443",
  "esm.sh:443",
  "gist.githubusercontent.com:443",
  "jsr.io:443",
  "raw.esm.sh:443",
  "raw.githubusercontent.com:443",
]);

/** The reason why Deno would reject or misread a value, and the fix. */
export type Fault = Readonly<{ fault: string; remedy: string }>;

/** A destination on the network. */
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
// No leading zeros: Rust, and so Deno, reads "01.2.3.4" as a name.
const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4_REGEXP = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const MAPPED_REGEXP = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;
const LABEL_REGEXP = /^[a-z\d_-]{1,63}$/;
// A name whose last part is a number is an address to every URL parser, and
// never equal to the name that Deno keeps in its list.
const NUMERIC_REGEXP = /^(?:\d+|0x[\da-f]*)$/;
const SUBNET_REGEXP = /^([\d.]+)\/(\d{1,2})$/;
const PLAIN_HOST_REGEXP =
  /^(?:[a-z\d_-]{1,63}\.)+[a-z][a-z\d_-]{0,62}(?::[1-9]\d{0,3})?$/;

const HOST_REMEDY =
  'Write a host as "example.com", "example.com:443", "*.example.com", "192.0.2.1:80", "192.0.2.0/24" or "[2001:db8::1]:80"';
const INVALID_HOST = { fault: "is not a valid host", remedy: HOST_REMEDY };

/** Tests if a text is an IPv4 address without leading zeros. */
export function isIpv4(text: string): boolean {
  return IPV4_REGEXP.test(text);
}

/** Converts an IPv4 address to a number from 0 to 2^32 - 1. */
export function ipv4ToNumber(address: string): number {
  return address.split(".").reduce(
    (number, octet) => number * 256 + Number(octet),
    0,
  );
}

/** Converts a number from 0 to 2^32 - 1 to an IPv4 address. */
export function ipv4FromNumber(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

/** The shortest form of an address in brackets, as Deno compares it. */
function canonicalIpv6(text: string): string | undefined {
  // The URL parser ends a host at these, so they must not reach it.
  if (!/^[\da-fA-F:.]+$/.test(text)) return undefined;
  const url = URL.parse(`http://[${text}]/`);
  if (url === null) return undefined;
  // Deno treats an IPv4-mapped address as the IPv4 address.
  const mapped = MAPPED_REGEXP.exec(url.hostname.slice(1, -1));
  if (mapped === null) return url.hostname;
  const [, high = "0", low = "0"] = mapped;
  return ipv4FromNumber(parseInt(high, 16) * 65536 + parseInt(low, 16));
}

/**
 * Tests quickly if a value is a valid host in normal form, as most are: a name
 * of several parts, perhaps with a port. False proves nothing.
 */
export function isPlainHost(value: string): boolean {
  return value.length <= 253 && PLAIN_HOST_REGEXP.test(value);
}

function parseNumber(text: string, max: number): number | undefined {
  // Rust accepts a plus sign and leading zeros.
  if (!/^\+?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number <= max ? number : undefined;
}

function parseVsock(value: string): NetEndpoint | Fault {
  const [cidText = "", portText = "", ...rest] = value.slice(6).split(":");
  const cid = cidText === "-1" ? MAX_U32 : parseNumber(cidText, MAX_U32);
  const port = parseNumber(portText, MAX_U32);
  if (cid === undefined || port === undefined || rest.length > 0) {
    return {
      fault: "is not a vsock address",
      remedy: 'Write a context id and a port, as in "vsock:2:8080"',
    };
  }
  return { kind: "vsock", cid, port };
}

function parseUnix(value: string): NetEndpoint | Fault {
  const path = value.slice(5);
  return path.startsWith("/") ? { kind: "unix", path: normalizePath(path) } : {
    fault: "is not a Unix socket address: its path is not absolute",
    remedy: 'Write an absolute path after "unix:", as in "unix:/run/app.sock"',
  };
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
    return {
      fault: "is not a host: Deno has no wildcard for all hosts",
      remedy: "Write true instead of the list to allow every host",
    };
  }
  if (host.includes("*")) {
    return {
      fault: "has a wildcard that does not come first",
      remedy: 'Put the star first, before a dot, as in "*.example.com"',
    };
  }
  // deno-lint-ignore no-control-regex
  if (/[^\u0000-\u007f]/.test(host)) {
    const ascii = URL.parse(`http://${host}/`)?.hostname;
    return {
      fault: "is not ASCII, and Deno accepts only ASCII hosts",
      remedy: ascii === undefined ? HOST_REMEDY : `Write it as "${ascii}"`,
    };
  }
  if (!labels.every((label) => LABEL_REGEXP.test(label)) || host.length > 253) {
    return INVALID_HOST;
  }
  if (NUMERIC_REGEXP.test(labels.at(-1) ?? "")) {
    return {
      fault: "looks like an address, but Deno would read it as a host name",
      remedy:
        'Write an address as four decimal numbers without leading zeros, as in "192.0.2.1"',
    };
  }
  return { kind: wildcard ? "wildcard" : "host", host };
}

function parseBracketed(value: string): NetEndpoint | Fault {
  const end = value.indexOf("]");
  const inner = value.slice(1, end);
  const after = value.slice(end + 1);
  if (inner.includes("%")) {
    return {
      fault: "has a zone, which Deno ignores",
      remedy: "Remove the percent sign and all that follows up to the bracket",
    };
  }
  const host = end === -1 ? undefined : canonicalIpv6(inner);
  if (host === undefined || (after !== "" && !after.startsWith(":"))) {
    return {
      fault: inner.includes("/") || after.startsWith("/")
        ? "is a range of IPv6 addresses, which Deno does not support"
        : "is not an IPv6 address in square brackets",
      remedy: 'Write one address, as in "[2001:db8::1]" or "[2001:db8::1]:443"',
    };
  }
  return withPort({ kind: "ip", host }, after === "" ? undefined : after);
}

/** @param suffix A colon and the port, or nothing. */
function withPort(
  endpoint: Readonly<
    { kind: "host" | "wildcard" | "ip" | "subnet"; host: string }
  >,
  suffix: string | undefined,
): NetEndpoint | Fault {
  if (suffix === undefined) return endpoint;
  const port = parseNumber(suffix.slice(1), 65_535);
  return port !== undefined ? { ...endpoint, port } : {
    fault: "has an invalid port",
    remedy: "Write a port from 0 to 65535 after the colon, or remove the colon",
  };
}

/**
 * Parses one value of `net` or `import`.
 *
 * @param value The value, except a bare port (`:8080`): that is three endpoints.
 */
export function parseNetEndpoint(value: string): NetEndpoint | Fault {
  if (value.startsWith("vsock:")) return parseVsock(value);
  if (value.startsWith("unix:")) return parseUnix(value);
  if (value.includes("://")) {
    const host = URL.parse(value)?.host;
    return {
      fault: "is a URL, and Deno expects a host",
      remedy: host ? `Write only the host, as in "${host}"` : HOST_REMEDY,
    };
  }
  if (value.startsWith("[")) return parseBracketed(value);
  const colon = value.indexOf(":");
  if (colon !== -1 && value.indexOf(":", colon + 1) !== -1) {
    return {
      fault: "has two colons but no square brackets",
      remedy:
        'Put an IPv6 address in square brackets, as in "[2001:db8::1]:443"',
    };
  }
  const text = colon === -1 ? value : value.slice(0, colon);
  if (text.includes("%")) return INVALID_HOST;
  const subnet = parseSubnet(text);
  const host = isIpv4(text)
    ? { kind: "ip" as const, host: text }
    : subnet === undefined
    ? parseName(text)
    : { kind: "subnet" as const, host: subnet };
  if ("fault" in host) return host;
  return withPort(host, colon === -1 ? undefined : value.slice(colon));
}

/** Formats an endpoint in its normal form, which two equal endpoints share. */
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

/** Returns the host of a URL with its port: a permission without one covers every port. */
export function hostOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`;
}
