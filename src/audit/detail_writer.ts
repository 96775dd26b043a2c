/** Writes details as JSON: redacted, bounded, on one line. */

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
import { readProperty, viewOf } from "./foreign_object.ts";

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
