/**
 * Finds which values cover a value. Each value has a key, and a span covers all
 * keys with its own as their prefix. A lookup costs the length of the key,
 * however many values there are.
 *
 * @module
 */

import { comparablePath, splitRoot } from "../base/path.ts";
import { ipv4ToNumber, isIpv4, parseNetEndpoint } from "./net_endpoint.ts";
import type { PermissionKind } from "./permission_set.ts";

/** A value as it is compared with others of its kind. */
export type CoverKey = Readonly<{
  /** Only values of one group are compared, e.g. hosts with the same port. */
  group: string;
  /** The group without a port, whose values cover this one too. */
  wider?: string;
  key: string;
  /** True if the value covers every key with its own as the prefix. */
  isSpan: boolean;
}>;

function pathKey(path: string): CoverKey {
  const { root, rest, separator } = splitRoot(comparablePath(path));
  // With a separator at its end "/data" is no prefix of "/database".
  return {
    group: root,
    key: rest === "" ? "" : `${rest}${separator}`,
    isSpan: true,
  };
}

function addressBits(host: string): string {
  const [address = "", length = "32"] = host.split("/");
  return ipv4ToNumber(address).toString(2).padStart(32, "0")
    .slice(0, Number(length));
}

function hostKey(kind: string, host: string): string {
  if (kind === "subnet" || isIpv4(host)) return `4:${addressBits(host)}`;
  if (kind === "ip") return host;
  // "*.example.com" covers example.com too.
  return `${host.split(".").reverse().join(".")}.`;
}

function endpointKey(value: string): CoverKey {
  const endpoint = parseNetEndpoint(value);
  if ("fault" in endpoint || !("host" in endpoint)) {
    return { group: "other", key: value, isSpan: false };
  }
  const { kind, host, port } = endpoint;
  return {
    group: port === undefined ? "" : `${port}`,
    ...(port === undefined ? {} : { wider: "" }),
    key: hostKey(kind, host),
    isSpan: kind === "wildcard" || kind === "subnet",
  };
}

/** Returns the key of a value in normal form. */
export function coverKey(kind: PermissionKind, value: string): CoverKey {
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return pathKey(value);
    case "net":
    case "import":
      return endpointKey(value);
    case "env": {
      const isSpan = value.endsWith("*");
      return { group: "", key: isSpan ? value.slice(0, -1) : value, isSpan };
    }
    // A program is granted by itself, never by its directory.
    case "run":
      return { group: "", key: comparablePath(value), isSpan: false };
    case "sys":
      return { group: "", key: value, isSpan: false };
  }
}

/** Returns a text that two values share if Deno reads them alike. */
export function keyText({ group, key, isSpan }: CoverKey): string {
  return `${isSpan ? "span" : "one"} ${group} ${key}`;
}

class Group {
  readonly #exact = new Set<string>();
  /** Sorted; none is a prefix of another. */
  readonly #spans: readonly string[];

  constructor(keys: readonly CoverKey[]) {
    const spans: string[] = [];
    for (const { key, isSpan } of keys) {
      if (isSpan) spans.push(key);
      else this.#exact.add(key);
    }
    let last: string | undefined;
    this.#spans = spans.sort().filter((key) => {
      if (last !== undefined && key.startsWith(last)) return false;
      last = key;
      return true;
    });
  }

  /** The index of the last span that sorts up to a key, or -1. */
  #lastUpTo(key: string): number {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#spans[middle] ?? "") <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The span that covers a key: only the last one up to it can. */
  spanOf(key: string): string | undefined {
    const span = this.#spans[this.#lastUpTo(key)];
    return span !== undefined && key.startsWith(span) ? span : undefined;
  }

  covers({ key, isSpan }: CoverKey): boolean {
    return this.spanOf(key) !== undefined ||
      (!isSpan && this.#exact.has(key));
  }

  /** Tests if a key is a prefix of a span. */
  hasWithin(key: string): boolean {
    const at = this.#lastUpTo(key);
    return this.#spans[at] === key ||
      (this.#spans[at + 1]?.startsWith(key) ?? false);
  }
}

/** Values of one kind, indexed for many questions. */
export class CoverIndex {
  readonly #groups: ReadonlyMap<string, Group>;

  constructor(keys: Iterable<CoverKey>) {
    const byGroup = Map.groupBy(keys, ({ group }) => group);
    this.#groups = new Map(
      Array.from(byGroup, ([name, members]) => [name, new Group(members)]),
    );
  }

  covers(wanted: CoverKey): boolean {
    return this.#isIn(wanted.group, wanted) || this.#isIn(wanted.wider, wanted);
  }

  /** Tests if another value covers one of the values. */
  coversMember(member: CoverKey): boolean {
    const { group, key, isSpan } = member;
    const span = this.#groups.get(group)?.spanOf(key);
    const isInOther = span !== undefined && !(isSpan && span === key);
    return isInOther || this.#isIn(member.wider, member);
  }

  /** Tests if a value covers a path, or is inside it. */
  touches(wanted: CoverKey): boolean {
    return this.covers(wanted) ||
      (this.#groups.get(wanted.group)?.hasWithin(wanted.key) ?? false);
  }

  #isIn(group: string | undefined, wanted: CoverKey): boolean {
    return group !== undefined &&
      (this.#groups.get(group)?.covers(wanted) ?? false);
  }
}
