/** Reads objects of other code, whatever their getters and traps do. */

import { FreeNames } from "./detail_keys.ts";

/** Stands for a property whose getter threw. */
class Unreadable {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    this.thrown = thrown;
  }
}

/** Returns a property; a getter that throws spoils only this value. */
export function readProperty(target: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(target, key);
  } catch (thrown) {
    return new Unreadable(thrown);
  }
}

type Pair = readonly [unknown, unknown];

/** An object as it is written: its first entries, and their total number. */
export type ObjectView =
  | { readonly kind: "value"; readonly value: unknown }
  | {
    readonly kind: "fields";
    readonly names: readonly string[];
    readonly values: readonly unknown[];
    readonly size: number;
  }
  | {
    readonly kind: "pairs";
    readonly pairs: readonly Pair[];
    readonly size: number;
  }
  | {
    readonly kind: "items";
    readonly items: readonly unknown[];
    readonly size: number;
  };

function valueView(value: unknown): ObjectView {
  return { kind: "value", value };
}

function ownKeys(value: object): PropertyKey[] {
  const keys: PropertyKey[] = Object.keys(value);
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    if (Object.prototype.propertyIsEnumerable.call(value, symbol)) {
      keys.push(symbol);
    }
  }
  return keys;
}

function errorKeys(error: Error): readonly PropertyKey[] {
  const keys = new Set<PropertyKey>(["name", "message", ...ownKeys(error)]);
  if ("cause" in error) keys.add("cause");
  if ("errors" in error) keys.add("errors");
  return [...keys];
}

function propertiesView(
  value: object,
  keys: readonly PropertyKey[],
  limit: number,
): ObjectView {
  const names: string[] = [];
  const values: unknown[] = [];
  let free: FreeNames | undefined;
  for (const key of keys) {
    if (names.length >= limit) break;
    names.push(
      typeof key === "symbol"
        // Symbols follow the texts, and may read like one of them.
        ? (free ??= new FreeNames(names)).take(String(key), "")
        : `${key}`,
    );
    values.push(readProperty(value, key));
  }
  return { kind: "fields", names, values, size: keys.length };
}

function listView(list: readonly unknown[], limit: number): ObjectView {
  const size = list.length;
  const items: unknown[] = [];
  for (let index = 0; index < size && index < limit; index++) {
    items.push(readProperty(list, index));
  }
  return { kind: "items", items, size };
}

function firstOf<T>(items: Iterable<T>, limit: number): readonly T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length >= limit) break;
    first.push(item);
  }
  return first;
}

function mapView(
  entries: Iterable<Pair>,
  size: number,
  limit: number,
): ObjectView {
  const pairs = firstOf(entries, limit);
  const names = pairs.map(([name]) => name);
  return names.every((name) => typeof name === "string")
    ? { kind: "fields", names, values: pairs.map((pair) => pair[1]), size }
    : { kind: "pairs", pairs, size };
}

/** Gathers the values of each name; a name with several has a list of them. */
function gatherValues(entries: Iterable<readonly [string, unknown]>) {
  const gathered = new Map<string, unknown[]>();
  for (const [name, value] of entries) {
    const values = gathered.get(name);
    if (values === undefined) gathered.set(name, [value]);
    else values.push(value);
  }
  return [...gathered].map(([name, values]) =>
    [name, values.length === 1 ? values[0] : values] as const
  );
}

const BOXED_CLASSES = [String, Number, Boolean, BigInt, Symbol];
const NAMED_CLASSES = [Promise, WeakMap, WeakSet, WeakRef];

/** Returns the number of bytes of what holds bytes. */
function sizeOfBytes(value: object): number | undefined {
  if (value instanceof Blob) return value.size;
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ||
      value instanceof SharedArrayBuffer
    ? value.byteLength
    : undefined;
}

// The prototypes' own methods are called: an object may bring others.
function builtInView(value: object, limit: number): ObjectView | undefined {
  if (value instanceof Error) {
    return propertiesView(value, errorKeys(value), limit);
  }
  if (value instanceof Date) {
    const time = Date.prototype.getTime.call(value);
    return valueView(
      Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString(),
    );
  }
  if (value instanceof Map) {
    return mapView(Map.prototype.entries.call(value), value.size, limit);
  }
  if (value instanceof Set) {
    const items = firstOf(Set.prototype.values.call(value), limit);
    return { kind: "items", items, size: value.size };
  }
  if (
    value instanceof Headers || value instanceof URLSearchParams ||
    value instanceof FormData
  ) {
    const entries = gatherValues(value.entries());
    return mapView(entries, entries.length, limit);
  }
  const bytes = sizeOfBytes(value);
  if (bytes !== undefined) {
    const name = Object.prototype.toString.call(value).slice(8, -1);
    return valueView(`[${name} of ${bytes} bytes]`);
  }
  if (value instanceof URL) return valueView(value.href);
  if (value instanceof RegExp) {
    return valueView(RegExp.prototype.toString.call(value));
  }
  const named = NAMED_CLASSES.find((Class) => value instanceof Class);
  if (named !== undefined) return valueView(`[${named.name}]`);
  const boxed = BOXED_CLASSES.find((Class) => value instanceof Class);
  return boxed &&
    valueView(Reflect.apply(boxed.prototype.valueOf, value, []));
}

/** Returns the result of the object's own `toJSON`, if it has one that helps. */
function convertedView(value: object, key: string): ObjectView | undefined {
  const toJson = readProperty(value, "toJSON");
  if (typeof toJson !== "function") return undefined;
  try {
    const converted: unknown = Reflect.apply(toJson, value, [key]);
    return converted === value ? undefined : valueView(converted);
  } catch {
    // Its properties say more than the error would.
    return undefined;
  }
}

/**
 * Decides what to write of an object. With a key, `toJSON` is called.
 *
 * @throws Whatever the object throws.
 */
export function viewOf(
  value: object,
  key: string | undefined,
  limit: number,
): ObjectView {
  if (value instanceof Unreadable) throw value.thrown;
  if (Array.isArray(value)) return listView(value, limit);
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  return (isPlain ? undefined : builtInView(value, limit)) ??
    (key === undefined ? undefined : convertedView(value, key)) ??
    propertiesView(value, ownKeys(value), limit);
}
