/** Reads objects of other code, whatever their getters and traps do. */

import { CUT_MARK, describeThrown } from "../base/text.ts";
import {
  findCommand,
  findSecretItems,
  isNamedSecret,
} from "../secrets/credentials.ts";
import { REDACTED } from "../secrets/redaction.ts";
import {
  FreeNames,
  jsonText,
  type KeyBook,
  sliceWhole,
} from "./audit_event.ts";

/** Stands for a property whose getter threw. */
class Unreadable {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    this.thrown = thrown;
  }
}

/** Returns a property; a getter that throws spoils only this value. */
function readProperty(target: object, key: PropertyKey): unknown {
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
function viewOf(
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

const REDACTED_JSON = `"${REDACTED}"`;
const MAX_DEPTH = 16;
const MAX_ITEMS = 1_000;
const MAX_TEXT = 16_384;
const MAX_TOTAL = 65_536;
// A credential that begins before the cut is masked as a whole.
const MASK_AHEAD = 8_192;
const MAX_BIGINT = 2n ** 1_024n;

function more(count: number, what: string): string {
  return count > 0 ? `"… (${count} more ${what})"` : "";
}

const NO_SECRETS: ReadonlySet<number> = new Set();

function isFlag(value: unknown): boolean {
  return typeof value === "boolean" || value === null;
}

/** A number or a result of tests that passed: no password has these types. */
function isCount(key: string, value: unknown): boolean {
  return key === "pass" && ["number", "boolean"].includes(typeof value);
}

/** Writes the details of one event. */
export class DetailWriter {
  readonly #keys: KeyBook;
  readonly #mask: ((text: string) => string) | undefined;
  readonly #ancestors: object[] = [];
  #left = MAX_TOTAL;

  /** Without a mask nothing is redacted. */
  constructor(keys: KeyBook, mask: ((text: string) => string) | undefined) {
    this.#keys = keys;
    this.#mask = mask;
  }

  /** Returns `,"key":value` for each detail. */
  write(details: unknown): string {
    if (details === undefined || details === null) return "";
    const json = this.#value(details);
    if (json === "{}") return "";
    return json.startsWith("{")
      ? `,${json.slice(1, -1)}`
      : `,"details":${json}`;
  }

  /** Without a key, `toJSON` is not called: the calls need not end. */
  #value(
    value: unknown,
    key?: string,
    isInList = false,
    command?: string,
  ): string {
    this.#left -= 4;
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return Number.isFinite(value) ? `${value}` : `"${value}"`;
      case "boolean":
        return value ? "true" : "false";
      case "undefined":
        return "null";
      case "bigint":
        return value > MAX_BIGINT || value < -MAX_BIGINT
          ? '"[BigInt of more than 1,024 bits]"'
          : `"${value}"`;
      case "symbol":
        return this.#text(String(value));
      case "function": {
        const name = readProperty(value, "name");
        const hasName = typeof name === "string" && name !== "";
        return this.#text(hasName ? `[function ${name}]` : "[function]");
      }
      case "object":
        return value === null
          ? "null"
          : this.#object(value, key, isInList, command);
    }
  }

  #text(value: string): string {
    const limit = Math.max(0, Math.min(MAX_TEXT, this.#left));
    const mask = this.#mask;
    let shown = value;
    if (value.length <= limit) {
      if (mask !== undefined) shown = mask(value);
    } else {
      shown = value.slice(0, limit + MASK_AHEAD);
      if (mask !== undefined) {
        // The mark says that a secret may begin here and end after the cut.
        shown = mask(shown + CUT_MARK);
        if (shown.endsWith(CUT_MARK)) shown = shown.slice(0, -CUT_MARK.length);
      }
      shown = `${sliceWhole(shown, limit)}… (${
        value.length - limit
      } more characters)`;
    }
    const json = jsonText(shown);
    this.#left -= json.length;
    return json;
  }

  #object(
    value: object,
    key: string | undefined,
    isInList: boolean,
    command: string | undefined,
  ): string {
    if (this.#ancestors.includes(value)) return this.#text("[circular]");
    if (this.#ancestors.length >= MAX_DEPTH) {
      return this.#text("… (nested too deeply)");
    }
    this.#ancestors.push(value);
    try {
      const view = viewOf(value, key, MAX_ITEMS);
      switch (view.kind) {
        case "value":
          return this.#value(view.value);
        case "fields":
          return this.#fields(view.names, view.values, view.size);
        case "items":
          return this.#items(view.items, view.size, key, isInList, command);
        case "pairs":
          return this.#items(
            view.pairs.map(([name, item]) =>
              typeof name === "string" && this.#keys.get(name).secret
                ? [name, REDACTED]
                : [name, item]
            ),
            view.size,
          );
      }
    } catch (thrown) {
      return this.#text(`[unreadable: ${describeThrown(thrown)}]`);
    } finally {
      this.#ancestors.pop();
    }
  }

  #items(
    items: readonly unknown[],
    size: number,
    key = "",
    isInList = false,
    command?: string,
  ): string {
    const secrets = this.#mask === undefined
      ? NO_SECRETS
      : findSecretItems(items, { key, isInList, command });
    let json = "";
    let index = 0;
    for (; index < items.length && this.#left > 0; index++) {
      const item = items[index];
      const isSecret = secrets.has(index) && !isFlag(item);
      if (index > 0) json += ",";
      json += isSecret ? REDACTED_JSON : this.#value(item, "", true);
    }
    const rest = more(size - index, "items");
    if (rest !== "") json += `${json === "" ? "" : ","}${rest}`;
    return `[${json}]`;
  }

  #fields(
    names: readonly string[],
    values: readonly unknown[],
    size: number,
  ): string {
    let json = "";
    let index = 0;
    let free: FreeNames | undefined;
    const isTop = this.#ancestors.length === 1;
    const get = (key: string) => values[names.indexOf(key)];
    for (; index < names.length && this.#left > 0; index++) {
      const value = values[index];
      // As in JSON, an undefined value is omitted.
      if (value === undefined) continue;
      const key = names[index] ?? "";
      const known = this.#keys.get(key);
      const isReserved = isTop && known.reserved;
      const name = isReserved || known.altered
        ? (free ??= new FreeNames(names)).rename(known.text, isReserved)
        : known.json;
      this.#left -= name.length + 2;
      const isSecret = known.secret
        ? !isCount(key, value) && !this.#keys.isPlugin(key, value)
        : !isFlag(value) && isNamedSecret(known.role, names, get);
      const written = isSecret ? REDACTED_JSON : this.#value(
        value,
        key,
        false,
        findCommand(known.role, key, names, get),
      );
      json += `${json === "" ? "" : ","}${name}:${written}`;
    }
    const rest = more(size - index, "fields");
    if (rest !== "") json += `${json === "" ? "" : ","}"…":${rest}`;
    return `{${json}}`;
  }
}
