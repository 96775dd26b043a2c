import { cut, matchEnd, quote } from "./text.ts";

/** Any JSON value. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | JsonObject;

/** A JSON object. */
export interface JsonObject {
  /** The value of each key. */
  readonly [key: string]: JsonValue;
}

export type JsonCopy =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly path: string; readonly what: string };

const MAX_DEPTH = 64;
// A small object whose parts are shared can have a huge copy.
const MAX_VALUES = 1_000_000;
const PLAIN_KEY_REGEXP = /^[A-Za-z_$][\w$]{0,63}$/;

/** Returns the path of a member for a message, e.g. `servers[0].name`; the top has the path `""`. */
export function joinJsonPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!PLAIN_KEY_REGEXP.test(key)) return `${path}[${quote(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

export function isJsonObject(
  value: JsonValue | undefined,
): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tests if an object has no class of its own. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // The Object.prototype of another realm has no prototype either.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

class NotJson {
  constructor(readonly path: string, readonly what: string) {}
}

class Copier {
  #left = MAX_VALUES;
  readonly #above: object[] = [];

  copy(value: unknown, path: string): JsonValue {
    if (--this.#left < 0) throw new NotJson(path, "is one of too many values");
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        if (!Number.isFinite(value)) {
          throw new NotJson(path, "is a number that JSON does not have");
        }
        // JSON has no negative zero.
        return value === 0 ? 0 : value;
      case "object":
        return value === null ? null : this.#copyObject(value, path);
      default:
        throw new NotJson(path, `is of the type ${typeof value}, not JSON`);
    }
  }

  #copyObject(value: object, path: string): JsonValue {
    if (this.#above.includes(value)) {
      throw new NotJson(path, "contains itself");
    }
    if (this.#above.length >= MAX_DEPTH) {
      throw new NotJson(path, `is nested more than ${MAX_DEPTH} deep`);
    }
    this.#above.push(value);
    const copy = Array.isArray(value)
      ? this.#copyList(value, path)
      : this.#copyFields(value, path);
    this.#above.pop();
    return Object.freeze(copy);
  }

  #copyList(list: readonly unknown[], path: string): readonly JsonValue[] {
    const copy: JsonValue[] = [];
    for (let index = 0; index < list.length; index++) {
      copy.push(this.copy(list[index], joinJsonPath(path, index)));
    }
    return copy;
  }

  #copyFields(object: object, path: string): JsonObject {
    if (!isPlainObject(object)) {
      throw new NotJson(path, "is an object of a class, not JSON");
    }
    const fields: [string, JsonValue][] = [];
    for (const [key, value] of Object.entries(object)) {
      // Like JSON.stringify, it omits what is undefined.
      if (value === undefined) continue;
      const at = joinJsonPath(path, key);
      if (key === "__proto__") {
        throw new NotJson(at, "has a name that would change other objects");
      }
      fields.push([key, this.copy(value, at)]);
    }
    return Object.fromEntries(fields);
  }
}

/**
 * Makes a deeply frozen copy of a value, or finds the first place in it that is
 * not JSON. `path` names the value in that place.
 */
export function copyJson(value: unknown, path: string): JsonCopy {
  try {
    return { ok: true, value: new Copier().copy(value, path) };
  } catch (thrown) {
    if (!(thrown instanceof NotJson)) throw thrown;
    return { ok: false, path: cut(thrown.path, 400), what: thrown.what };
  }
}

/** The first place of a text that is not JSON, or that has a duplicate key. */
export interface JsonFault {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** `JSON.parse` keeps the last value of this key, and a person may see the first. */
  readonly duplicateKey?: string;
}

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly fault: JsonFault };

const SPACE_REGEXP = /[ \t\n\r]*/y;
const STRING_REGEXP =
  // deno-lint-ignore no-control-regex
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y;
const SCALAR_REGEXP =
  /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?/y;

function skipSpace(text: string, position: number): number {
  return matchEnd(SPACE_REGEXP, text, position) ?? position;
}

function faultAt(text: string, position: number): JsonFault {
  const before = text.slice(0, position);
  return {
    line: before.split("\n").length,
    column: before.length - before.lastIndexOf("\n"),
  };
}

// It keeps its own stack: deep nesting must not overflow the engine's.
function findFault(text: string): JsonFault | undefined {
  // The keys of each open object; `undefined` for a list.
  const open: (Set<string> | undefined)[] = [];
  let expected: "value" | "key" | "comma or end" = "value";
  let isFirst = false;
  let at = 0;
  while (true) {
    at = skipSpace(text, at);
    const character = text.charAt(at);
    const keys = open.at(-1);
    const mayClose = open.length > 0 &&
      (isFirst || expected === "comma or end");
    isFirst = false;
    if (mayClose && character === (keys === undefined ? "]" : "}")) {
      open.pop();
      at++;
      expected = "comma or end";
    } else if (expected === "comma or end") {
      if (open.length === 0 && at === text.length) return undefined;
      if (open.length === 0 || character !== ",") return faultAt(text, at);
      at++;
      expected = keys === undefined ? "value" : "key";
    } else if (expected === "key") {
      const end = matchEnd(STRING_REGEXP, text, at);
      if (end === undefined) return faultAt(text, at);
      // A key and its escaped spelling are the same key.
      const key = String(JSON.parse(text.slice(at, end)));
      if (keys?.has(key)) return { ...faultAt(text, at), duplicateKey: key };
      keys?.add(key);
      at = skipSpace(text, end);
      if (text.charAt(at) !== ":") return faultAt(text, at);
      at++;
      expected = "value";
    } else if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : undefined);
      expected = character === "{" ? "key" : "value";
      isFirst = true;
      at++;
    } else {
      const pattern = character === '"' ? STRING_REGEXP : SCALAR_REGEXP;
      const end = matchEnd(pattern, text, at);
      if (end === undefined) return faultAt(text, at);
      at = end;
      expected = "comma or end";
    }
  }
}

const SPACE = " ".charCodeAt(0);
const COLON = ":".charCodeAt(0);

/** Counts the strings before a colon in a JSON text without escapes. */
function countWrittenKeys(json: string): number {
  let count = 0;
  let start = json.indexOf('"');
  while (start !== -1) {
    const end = json.indexOf('"', start + 1);
    let next = end + 1;
    while (json.charCodeAt(next) <= SPACE) next++;
    if (json.charCodeAt(next) === COLON) count++;
    start = json.indexOf('"', next);
  }
  return count;
}

function countKeys(value: unknown): number {
  let count = 0;
  const waiting = [value];
  for (const one of waiting) {
    if (typeof one !== "object" || one === null) continue;
    const held: readonly unknown[] = Object.values(one);
    if (!Array.isArray(one)) count += held.length;
    for (const each of held) {
      if (typeof each === "object") waiting.push(each);
    }
  }
  return count;
}

// Returns `false` unless it is certain. In a fresh process `findFault` takes
// several times as long.
function hasNoDuplicateKeys(json: string, value: unknown): boolean {
  return !json.includes("\\") && countWrittenKeys(json) === countKeys(value);
}

// The engine sorts texts of digits by their value: the time for chosen ones grows
// with the square of their number. Fewer than fit into this length cost little.
const LONG = 16_384;
const DIGITS_REGEXP = /(?<=[[,:\s])"(\d{1,10})"(?=\s*[,\]}])/g;

/** Parses JSON in time that grows with its length. */
function parseText(text: string): JsonValue {
  if (text.length < LONG) return JSON.parse(text);
  // Nobody who wrote the text can know it.
  const mark = crypto.randomUUID();
  const marked = text.replace(DIGITS_REGEXP, `"${mark}$1"`);
  if (marked === text) return JSON.parse(text);
  return JSON.parse(
    marked,
    (_key, value: unknown) =>
      typeof value === "string" && value.startsWith(mark)
        ? value.slice(mark.length)
        : value,
  );
}

/**
 * Parses JSON and refuses duplicate keys. The engine's own message knows the
 * place of some faults only, and quotes the text, which may hold a secret.
 */
export function parseJson(text: string): ParsedJson {
  try {
    const value = parseText(text);
    if (hasNoDuplicateKeys(text, value)) return { ok: true, value };
  } catch {
    // The fault is found below.
  }
  const fault = findFault(text);
  return fault === undefined
    ? { ok: true, value: parseText(text) }
    : { ok: false, fault };
}
