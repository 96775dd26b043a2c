/**
 * Finds the values that cover a value. Each value has a key, and a value that stands for
 * others covers each key that begins with its own. A question costs the length
 * of the key, however many values are known.
 *
 * @module
 */

import { ipv4ToNumber, isIpv4 } from "./ip_address.ts";
import { parseNetEndpoint } from "./net_endpoint.ts";
import { comparablePath, splitRoot } from "../base/path.ts";
import type { PermissionKind } from "./permission_set.ts";

/** A value among the others of its kind. */
export type CoverKey = Readonly<{
  /** The values that it is compared with. */
  group: string;
  /** The values that cover it as well: those without a port. */
  wider?: string;
  /** The text that it is compared by. */
  key: string;
  /** True if it stands for every key that begins with its own. */
  isSpan: boolean;
}>;

function pathKey(path: string): CoverKey {
  const { root, rest, separator } = splitRoot(comparablePath(path));
  // With a separator at its end "/data" is no beginning of "/database".
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
  // "*.example.com" stands for example.com itself as well.
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

/**
 * Finds the key of a value.
 *
 * @param kind The kind of the value.
 * @param value A value in normal form.
 * @returns The key; two values that Deno reads alike have the same.
 */
export function coverKey(kind: PermissionKind, value: string): CoverKey {
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return pathKey(value);
    case "net":
    case "import":
      return endpointKey(value);
    case "env":
      return value.endsWith("*")
        ? { group: "", key: value.slice(0, -1), isSpan: true }
        : { group: "", key: value, isSpan: false };
    // A program is granted by itself, never by the directory it lies in.
    case "run":
      return { group: "", key: comparablePath(value), isSpan: false };
    case "sys":
      return { group: "", key: value, isSpan: false };
  }
}

/**
 * Writes a key as one text.
 *
 * @param key The key.
 * @returns A text that two values of a kind share if Deno reads them alike.
 */
export function keyText({ group, key, isSpan }: CoverKey): string {
  return `${isSpan ? "span" : "one"} ${group} ${key}`;
}

/** The values of one group. */
class Group {
  readonly exact = new Set<string>();
  /** Sorted; no one begins with another. */
  readonly spans: readonly string[];

  constructor(keys: readonly CoverKey[]) {
    const spans: string[] = [];
    for (const { key, isSpan } of keys) {
      if (isSpan) spans.push(key);
      else this.exact.add(key);
    }
    let last: string | undefined;
    this.spans = spans.sort().filter((key) => {
      if (last !== undefined && key.startsWith(last)) return false;
      last = key;
      return true;
    });
  }

  /** The place of the last span that is not after a key; -1 if all are. */
  #lastUpTo(key: string): number {
    let low = 0;
    let high = this.spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.spans[middle] ?? "") <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The span that a key begins with: of those before it, only the last can be. */
  spanOf(key: string): string | undefined {
    const span = this.spans[this.#lastUpTo(key)];
    return span !== undefined && key.startsWith(span) ? span : undefined;
  }

  /** Tests if a span begins with a key. */
  hasWithin(key: string): boolean {
    const at = this.#lastUpTo(key);
    return this.spans[at] === key ||
      (this.spans[at + 1]?.startsWith(key) ?? false);
  }
}

/** Values of one kind, made ready for many questions. */
export class CoverIndex {
  readonly #groups: ReadonlyMap<string, Group>;

  /**
   * Reads the values once.
   *
   * @param keys The keys of the values, in any order, repeated or not.
   */
  constructor(keys: Iterable<CoverKey>) {
    const byGroup = Map.groupBy(keys, ({ group }) => group);
    this.#groups = new Map(
      Array.from(byGroup, ([name, members]) => [name, new Group(members)]),
    );
  }

  /**
   * Tests if a value covers another one.
   *
   * @param wanted The key of the other one.
   * @returns True when one of the values covers it.
   */
  covers(wanted: CoverKey): boolean {
    const { group, key, isSpan } = wanted;
    const own = this.#groups.get(group);
    if (own?.spanOf(key) !== undefined) return true;
    if (!isSpan && own?.exact.has(key)) return true;
    return this.#isInWider(wanted);
  }

  /**
   * Tests if one of the values is needless beside the others.
   *
   * @param member The key of the value, which is among those of the index.
   * @returns True when another value covers it.
   */
  coversMember(member: CoverKey): boolean {
    const { group, key, isSpan } = member;
    const span = this.#groups.get(group)?.spanOf(key);
    const isInOther = span !== undefined && !(isSpan && span === key);
    return isInOther || this.#isInWider(member);
  }

  /**
   * Tests if one of the values and a path have something in common.
   *
   * @param wanted The key of the path.
   * @returns True when one of the values covers it or lies within it.
   */
  touches(wanted: CoverKey): boolean {
    return this.covers(wanted) ||
      (this.#groups.get(wanted.group)?.hasWithin(wanted.key) ?? false);
  }

  #isInWider({ wider, key, isSpan }: CoverKey): boolean {
    const group = wider === undefined ? undefined : this.#groups.get(wider);
    return group?.spanOf(key) !== undefined ||
      (!isSpan && (group?.exact.has(key) ?? false));
  }
}
