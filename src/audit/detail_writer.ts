/** Details as JSON text: whatever they are, redacted, bounded, on one line. */

import { CUT_MARK, describeThrown } from "../base/text.ts";
import { REDACTED } from "../secrets/redaction.ts";
import {
  findCommand,
  findSecretItems,
  isNamedSecret,
} from "../secrets/secret_items.ts";
import {
  FreeNames,
  jsonText,
  type KeyBook,
  sliceWhole,
} from "./detail_keys.ts";
import { describeObject, ownKeys, read, Unreadable } from "./foreign_object.ts";

const REDACTED_JSON = `"${REDACTED}"`;
const MAX_DEPTH = 16;
const MAX_ITEMS = 1_000;
const MAX_TEXT = 16_384;
const MAX_TOTAL = 65_536;
// A credential that begins before the cut is still seen whole when masking.
const MASK_AHEAD = 8_192;
const MAX_BIGINT = 2n ** 1_024n;

function more(count: number, what: string, comma: boolean): string {
  return count > 0 ? `${comma ? "," : ""}"… (${count} more ${what})"` : "";
}

const NO_SECRETS: ReadonlySet<number> = new Set();

function firstOf(items: Iterable<unknown>): readonly unknown[] {
  const first: unknown[] = [];
  for (const item of items) {
    if (first.length >= MAX_ITEMS) break;
    first.push(item);
  }
  return first;
}

/** Pairs stand in lists, and in what is written as one. */
function isList(value: object | undefined): boolean {
  return Array.isArray(value) || value instanceof Set;
}

function isFlag(value: unknown): boolean {
  return typeof value === "boolean" || value === null;
}

/** How many tests passed, or whether one did: no password is of these types. */
function isCount(key: string, value: unknown): boolean {
  return key === "pass" && ["number", "boolean"].includes(typeof value);
}

/** Writes the details of one event. */
export class DetailWriter {
  readonly #keys: KeyBook;
  readonly #mask: ((text: string) => string) | undefined;
  readonly #ancestors: object[] = [];
  #left = MAX_TOTAL;

  /** Makes a writer for one event. */
  constructor(keys: KeyBook, mask: ((text: string) => string) | undefined) {
    this.#keys = keys;
    this.#mask = mask;
  }

  /** Writes details as fields that follow the fields of the event. */
  write(details: unknown): string {
    if (details === undefined || details === null) return "";
    const json = typeof details === "object"
      ? this.#object(details, true)
      : this.#value(details, "details");
    if (json === "{}") return "";
    return json.startsWith("{")
      ? `,${json.slice(1, -1)}`
      : `,"details":${json}`;
  }

  #value(value: unknown, key: string, command?: string): string {
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
      case "function":
        return this.#function(value);
      case "object":
        return value === null
          ? "null"
          : this.#object(value, false, key, command);
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
        // The mark says that a secret may begin here and end behind the cut.
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

  #function(value: object): string {
    const name = read(value, "name");
    return this.#text(
      typeof name === "string" && name !== ""
        ? `[function ${name}]`
        : "[function]",
    );
  }

  #unreadable(thrown: unknown): string {
    return this.#text(`[unreadable: ${describeThrown(thrown)}]`);
  }

  #object(
    value: object,
    top: boolean,
    key?: string,
    command?: string,
  ): string {
    if (this.#ancestors.includes(value)) return this.#text("[circular]");
    if (this.#ancestors.length >= MAX_DEPTH) {
      return this.#text("… (nested too deeply)");
    }
    this.#ancestors.push(value);
    try {
      if (value instanceof Unreadable) return this.#unreadable(value.thrown);
      if (Array.isArray(value)) return this.#list(value, key ?? "", command);
      const prototype: unknown = Object.getPrototypeOf(value);
      return prototype === Object.prototype || prototype === null
        ? this.#plain(value, top, key)
        : this.#described(value, top, key);
    } catch (thrown) {
      return this.#unreadable(thrown);
    } finally {
      this.#ancestors.pop();
    }
  }

  #plain(value: object, top: boolean, key: string | undefined): string {
    if (key !== undefined) {
      const json = this.#converted(value, key);
      if (json !== undefined) return json;
    }
    return this.#properties(value, ownKeys(value), top);
  }

  /** What the object's own `toJSON` makes of it. */
  #converted(value: object, key: string): string | undefined {
    const toJson = read(value, "toJSON");
    if (typeof toJson !== "function") return undefined;
    let converted: unknown;
    try {
      converted = Reflect.apply(toJson, value, [key]);
    } catch {
      // Its properties say more than the error would.
      return undefined;
    }
    if (converted === value) return undefined;
    // What toJSON made is not asked for its own toJSON: that need not end.
    return typeof converted === "object" && converted !== null
      ? this.#object(converted, false)
      : this.#value(converted, key);
  }

  #described(value: object, top: boolean, key: string | undefined): string {
    const shape = describeObject(value);
    switch (shape?.kind) {
      case undefined:
        return this.#plain(value, top, key);
      case "text":
        return this.#text(shape.text);
      case "value":
        return this.#value(shape.value, "");
      case "keys":
        return this.#properties(value, shape.keys, top);
      case "entries":
        return this.#entries(shape.entries, shape.size, top);
      case "items":
        return this.#items(firstOf(shape.items), shape.size, key ?? "");
    }
  }

  #list(
    list: readonly unknown[],
    key: string,
    command: string | undefined,
  ): string {
    const { length } = list;
    const items: unknown[] = [];
    // Nothing is written of what comes after the end of what is left.
    const most = Math.min(length, MAX_ITEMS, 1 + (this.#left >> 1));
    for (let index = 0; index < most; index++) items.push(read(list, index));
    return this.#items(items, length, key, command);
  }

  #items(
    items: readonly unknown[],
    size: number,
    key: string,
    command?: string,
  ): string {
    const secrets = this.#mask === undefined
      ? NO_SECRETS
      : findSecretItems(items, {
        key,
        isInList: isList(this.#ancestors.at(-2)),
        command,
      });
    let json = "[";
    let index = 0;
    for (; index < items.length && this.#left > 0; index++) {
      if (index > 0) json += ",";
      const item = items[index];
      json += secrets.has(index) && !isFlag(item)
        ? REDACTED_JSON
        : this.#value(item, "");
    }
    return `${json}${more(size - index, "items", index > 0)}]`;
  }

  #properties(
    value: object,
    keys: readonly PropertyKey[],
    top: boolean,
  ): string {
    const names: string[] = [];
    const values: unknown[] = [];
    // Symbols come after texts.
    let free: FreeNames | undefined;
    for (const key of keys) {
      if (names.length >= MAX_ITEMS) break;
      names.push(
        typeof key === "symbol"
          ? (free ??= new FreeNames(names)).symbol(key)
          : `${key}`,
      );
      values.push(read(value, key));
    }
    return this.#fields(names, values, keys.length, top);
  }

  #entries(
    entries: Iterable<readonly [unknown, unknown]>,
    size: number,
    top: boolean,
  ): string {
    const names: string[] = [];
    const values: unknown[] = [];
    const pairs: (readonly [unknown, unknown])[] = [];
    for (const [name, value] of entries) {
      if (pairs.length >= MAX_ITEMS) break;
      const secret = typeof name === "string" && this.#keys.get(name).secret;
      pairs.push([name, secret ? REDACTED : value]);
      values.push(value);
      if (typeof name === "string") names.push(name);
    }
    return names.length === pairs.length
      ? this.#fields(names, values, size, top)
      : this.#items(pairs, size, "");
  }

  #fields(
    names: readonly string[],
    values: readonly unknown[],
    size: number,
    top: boolean,
  ): string {
    let json = "{";
    let index = 0;
    let free: FreeNames | undefined;
    const get = (key: string) => values[names.indexOf(key)];
    for (; index < names.length && this.#left > 0; index++) {
      const value = values[index];
      // As in JSON, what is undefined is not there.
      if (value === undefined) continue;
      const key = names[index] ?? "";
      const known = this.#keys.get(key);
      const name = known.altered || (top && known.reserved)
        ? (free ??= new FreeNames(names)).field(known, top)
        : known.json;
      this.#left -= name.length + 2;
      if (json.length > 1) json += ",";
      const isSecret = known.secret
        ? !isCount(key, value) && !this.#keys.isPlugin(key, value)
        : !isFlag(value) && isNamedSecret(known.role, names, get);
      json += `${name}:${
        isSecret
          ? REDACTED_JSON
          : this.#value(value, key, findCommand(known.role, key, names, get))
      }`;
    }
    const rest = more(size - index, "fields", false);
    if (rest === "") return `${json}}`;
    return `${json}${json.length > 1 ? "," : ""}"…":${rest}}`;
  }
}
