/** Reads values that another process wrote, which may be hostile. */

import {
  PLUGIN_ERROR_CODES,
  PluginError,
  type PluginErrorCode,
  type Problem,
} from "../../base/errors.ts";
import { ERRORS, isExtraOfError } from "./error_classes.ts";
import { Violation } from "./violation.ts";
import {
  isIndexText,
  MOST_BIGINT_DIGITS,
  MOST_INDEX_DIGITS,
  MOST_PATTERN_LENGTH,
  mostWeight,
  type ReferenceKind,
  TAG,
  TYPED_ARRAYS,
  WEIGHTS,
  type WireLimits,
} from "./wire_format.ts";

/** Makes what stands for values that stay in the other process. */
export interface ReferenceReader {
  /** @throws {Violation} when the number is already used for another kind. */
  import(kind: ReferenceKind, id: number): object;
  /**
   * Returns a value of this process that the other one passes back.
   *
   * @throws {Violation} when the other process has no such number.
   */
  exported(id: number): object;
}

export interface Message {
  /** The JSON of the head. */
  readonly json: unknown;
  /** `false` if all values are plain JSON. */
  readonly hasTags: boolean;
  readonly segments: readonly Uint8Array<ArrayBuffer>[];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
// Calling `indexOf` takes as long as comparing some bytes.
const NEAR = 32;

// Of maps and sets. An honest key takes less than a microsecond.
const KEYS_PER_CHECK = 1_024;
const KEY_PATIENCE = 250;
const MOST_TIME_PER_KEY = 0.02;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns the index after a JSON string that begins before `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start;
  const near = Math.min(bytes.length, start + NEAR);
  while (at < near) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  // Every byte before `from` belongs to a complete character or escape.
  let from = at;
  while (true) {
    const quote = bytes.indexOf(QUOTE, from);
    if (quote === -1) return bytes.length;
    let first = quote;
    while (first > from && bytes[first - 1] === BACKSLASH) first--;
    if ((quote - first) % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;
const COLON = 0x3a;
// Of an escaped digit, such as `\u0031`.
const ESCAPED_LENGTH = 6;

/** Tests if the text between two quotes is an index, escaped or not. */
function isIndex(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > MOST_INDEX_DIGITS * ESCAPED_LENGTH || start === end) {
    return false;
  }
  const first = bytes[start] ?? 0;
  if ((first < ZERO || first > NINE) && first !== BACKSLASH) return false;
  const text = utf8.decode(bytes.subarray(start, end));
  return isIndexText(text.replace(ESCAPED_DIGIT_REGEXP, "$1"));
}

const ESCAPED_DIGIT_REGEXP = /\\u003([0-9])/g;

function isKey(bytes: Uint8Array, end: number): boolean {
  let at = end;
  while (at < bytes.length && (bytes[at] ?? 0) <= SPACE) at++;
  return bytes[at] === COLON;
}

/**
 * Checks JSON before it is parsed. Deep nesting, many objects or colliding texts
 * hold `JSON.parse` for seconds. Accepts bytes that are not JSON.
 */
function checkJson(bytes: Uint8Array, limits: WireLimits): void {
  const most = mostWeight(limits);
  let depth = 0;
  let objects = 0;
  let at = 0;
  while (at < bytes.length) {
    switch (bytes[at++]) {
      case QUOTE: {
        const start = at;
        at = endOfString(bytes, at);
        if (isIndex(bytes, start, at - 1) && !isKey(bytes, at)) {
          throw new Violation("a message has a number that is a text");
        }
        break;
      }
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        objects++;
        if (++depth > limits.depth) {
          throw new Violation(
            `a message is nested deeper than ${limits.depth} levels`,
          );
        }
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
    }
  }
  if (objects > most) {
    throw new Violation(`a message has more than ${most} objects`);
  }
}

/**
 * Parses the head of a frame.
 *
 * @throws {Violation} when it is no JSON or exceeds a limit.
 */
export function parseMessage(
  head: Uint8Array,
  segments: readonly Uint8Array<ArrayBuffer>[],
  limits: WireLimits,
): Message {
  try {
    checkJson(head, limits);
    const text = utf8.decode(head);
    const json: unknown = JSON.parse(text);
    return { json, hasTags: text.includes(`"${TAG}"`), segments };
  } catch (thrown) {
    if (thrown instanceof Violation) throw thrown;
    throw new Violation("a message is not JSON");
  }
}

/** Reads the values of one message. */
export class Decoder {
  readonly #hasTags: boolean;
  readonly #segments: readonly Uint8Array<ArrayBuffer>[];
  readonly #limits: WireLimits;
  readonly #references: ReferenceReader | undefined;
  #used: Set<number> | undefined;
  #weight = 0;
  #keys = 0;
  #keyTime = 0;

  /** Without `references`, a message that has some is a violation. */
  constructor(
    { hasTags, segments }: Message,
    limits: WireLimits,
    references: ReferenceReader | undefined,
  ) {
    this.#hasTags = hasTags;
    this.#segments = segments;
    this.#limits = limits;
    this.#references = references;
  }

  /**
   * Makes a value of its JSON, which it changes.
   *
   * @throws {Violation} when the JSON is invalid.
   */
  decode(json: unknown): unknown {
    if (!this.#hasTags) return json;
    const value = this.#revive(json);
    if (value === HOLE) throw invalid();
    return value;
  }

  /** Checks that nothing was sent for nothing. */
  end(): void {
    const used = this.#used?.size ?? 0;
    if (used !== this.#segments.length) throw invalid();
  }

  #charge(weight: number): void {
    this.#weight += weight;
    if (this.#weight > mostWeight(this.#limits)) {
      throw new Violation("a message has too many objects");
    }
  }

  #revive(json: unknown): unknown {
    if (typeof json !== "object" || json === null) return json;
    if (Array.isArray(json)) return this.#reviveArray(json);
    if (!isRecord(json)) return json;
    if (Object.hasOwn(json, TAG)) return this.#reviveTag(json);
    for (const key of Object.keys(json)) {
      const old = json[key];
      if (typeof old !== "object" || old === null) continue;
      const value = this.#revive(old);
      if (value === old) continue;
      if (value === HOLE) throw invalid();
      if (key === "then" && typeof value === "function") throw invalid();
      setMember(json, key, value);
    }
    return json;
  }

  #reviveArray(values: unknown[]): unknown[] {
    for (let index = 0; index < values.length; index++) {
      const old = values[index];
      if (typeof old !== "object" || old === null) continue;
      const value = this.#revive(old);
      if (value === HOLE) delete values[index];
      else if (value !== old) values[index] = value;
    }
    return values;
  }

  #reviveList(json: unknown): unknown[] {
    if (!Array.isArray(json)) throw invalid();
    for (const [index, old] of json.entries()) {
      const value = this.#revive(old);
      if (value === HOLE) throw invalid();
      json[index] = value;
    }
    return json;
  }

  #reviveTag(json: Readonly<Record<string, unknown>>): unknown {
    const tag = json[TAG];
    const value = json["v"];
    switch (tag) {
      case "u":
        return undefined;
      case "nan":
        return NaN;
      case "inf":
        return Infinity;
      case "-inf":
        return -Infinity;
      case "-0":
        return -0;
      case "hole":
        return HOLE;
      case "#":
        this.#charge(WEIGHTS.plain);
        return reviveIndex(value);
      case "n":
        return reviveBigint(value);
      case "object":
        return this.#reviveEntries(value);
      case "map":
        return this.#reviveMap(value);
      case "set":
        return this.#reviveSet(value);
      case "date":
        this.#charge(WEIGHTS.collection);
        if (value !== null && typeof value !== "number") throw invalid();
        return new Date(value ?? NaN);
      case "function":
      case "iterable":
      case "iterator":
      case "signal":
      case "back":
        return this.#reviveReference(tag, value);
    }
    if (typeof value === "number") return this.#reviveSegment(tag, value);
    this.#charge(WEIGHTS.heavy);
    switch (tag) {
      case "url":
        return reviveUrl(value);
      case "regexp":
        return revivePattern(value);
      case "error":
        return this.#reviveError(json);
      case "aborted":
        return AbortSignal.abort(this.#reviveData(value));
    }
    throw invalid();
  }

  // References inside errors are not written, so none is read.
  #reviveData(json: unknown): unknown {
    const value = this.#revive(json);
    if (value === HOLE || typeof value === "function") throw invalid();
    return value;
  }

  #reviveReference(tag: ReferenceKind | "back", id: unknown): object {
    this.#charge(WEIGHTS.heavy);
    if (this.#references === undefined) {
      throw new Violation("a message that is only data has a reference");
    }
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 1) {
      throw invalid();
    }
    return tag === "back"
      ? this.#references.exported(id)
      : this.#references.import(tag, id);
  }

  #reviveEntries(json: unknown): object {
    const list = this.#reviveList(json);
    const object: Record<string, unknown> = {};
    if (list.length % 2 !== 0) throw invalid();
    for (let index = 0; index < list.length; index += 2) {
      const key = list[index];
      const value = list[index + 1];
      if (typeof key !== "string") throw invalid();
      if (key === "then" && typeof value === "function") throw invalid();
      setMember(object, key, value);
    }
    return object;
  }

  #reviveMap(json: unknown): ReadonlyMap<unknown, unknown> {
    this.#charge(WEIGHTS.collection);
    const list = this.#reviveList(json);
    if (list.length % 2 !== 0) throw invalid();
    const map = new Map<unknown, unknown>();
    this.#insert(list.length / 2, (index) => {
      map.set(list[2 * index], list[2 * index + 1]);
    });
    return map;
  }

  #reviveSet(json: unknown): ReadonlySet<unknown> {
    this.#charge(WEIGHTS.collection);
    const list = this.#reviveList(json);
    const set = new Set<unknown>();
    this.#insert(list.length, (index) => set.add(list[index]));
    return set;
  }

  /**
   * Inserts keys. The engine hashes numbers in a known way, and a hostile choice
   * of them makes each insertion as slow as all before it together.
   */
  #insert(count: number, insert: (index: number) => void): void {
    // Fewer cannot be slow, and a pause of the process must not look like it.
    const isFew = this.#keys + count < KEYS_PER_CHECK;
    const start = isFew ? 0 : performance.now();
    for (let index = 0; index < count; index++) {
      insert(index);
      if (!isFew && index % KEYS_PER_CHECK === 0) this.#checkKeys(index, start);
    }
    this.#keys += count;
    if (isFew) return;
    this.#keyTime += performance.now() - start;
    this.#checkKeys(0, performance.now());
  }

  #checkKeys(count: number, start: number): void {
    const time = this.#keyTime + performance.now() - start;
    if (time > KEY_PATIENCE + (this.#keys + count) * MOST_TIME_PER_KEY) {
      throw new Violation("a message has keys that collide");
    }
  }

  #reviveSegment(kind: unknown, index: number): unknown {
    this.#charge(WEIGHTS.segment);
    if (typeof kind !== "string") throw invalid();
    const segment = this.#segments[index];
    const used = this.#used ??= new Set();
    if (segment === undefined || used.has(index)) throw invalid();
    used.add(index);
    if (kind === "text") return reviveText(segment);
    const { buffer } = segment;
    if (kind === "ArrayBuffer") return buffer;
    if (kind === "DataView") return new DataView(buffer);
    const TypedArray = TYPED_ARRAYS.get(kind);
    if (
      TypedArray === undefined ||
      buffer.byteLength % TypedArray.BYTES_PER_ELEMENT !== 0
    ) throw invalid();
    return new TypedArray(buffer);
  }

  #reviveError(json: Readonly<Record<string, unknown>>): Error {
    const kind = json["k"];
    const message = this.#revive(json["m"]);
    const name = "n" in json ? this.#revive(json["n"]) : kind;
    const stack = this.#revive(json["s"]);
    if (
      typeof kind !== "string" || typeof message !== "string" ||
      typeof name !== "string"
    ) throw invalid();
    const extras = "x" in json ? this.#reviveData(json["x"]) : {};
    if (!isRecord(extras)) throw invalid();
    const errors = "e" in json ? this.#reviveList(json["e"]) : [];
    const error = makeError(kind, name, message, errors, extras);
    if (error.name !== name) define(error, "name", name);
    if ("c" in json) define(error, "cause", this.#reviveData(json["c"]));
    // The stack of this process would be that of the decoder.
    define(
      error,
      "stack",
      typeof stack === "string" ? stack : `${name}: ${message}`,
    );
    if (error instanceof PluginError) return error;
    for (const key of Object.keys(extras)) {
      if (!isExtraOfError(key) || error instanceof DOMException) continue;
      define(error, key, extras[key], true);
    }
    return error;
  }
}

const HOLE = Symbol("hole");

function invalid(): Violation {
  return new Violation("a message has an invalid value");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function define(
  object: object,
  key: string,
  value: unknown,
  enumerable = false,
): void {
  Object.defineProperty(object, key, {
    value,
    enumerable,
    writable: true,
    configurable: true,
  });
}

// Assigning to __proto__ would set the prototype.
function setMember(
  object: Record<string, unknown>,
  key: string,
  value: unknown,
): void {
  if (key === "__proto__") define(object, key, value, true);
  else object[key] = value;
}

function reviveBigint(value: unknown): bigint {
  if (
    typeof value !== "string" || value.length > MOST_BIGINT_DIGITS + 2 ||
    !/^x-?[0-9a-f]+$/.test(value)
  ) throw invalid();
  return value.startsWith("x-")
    ? -BigInt(`0x${value.slice(2)}`)
    : BigInt(`0${value}`);
}

function reviveIndex(value: unknown): string {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw invalid();
  }
  return String(value);
}

function reviveText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalid();
  }
}

function reviveUrl(value: unknown): URL {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url === null) throw invalid();
  return url;
}

function revivePattern(value: unknown): RegExp {
  if (typeof value !== "string" || !value.startsWith("/")) throw invalid();
  const end = value.lastIndexOf("/");
  if (end < 1 || end > MOST_PATTERN_LENGTH + 1) throw invalid();
  try {
    return new RegExp(value.slice(1, end), value.slice(end + 1));
  } catch {
    throw invalid();
  }
}

function isCode(code: unknown): code is PluginErrorCode {
  return typeof code === "string" && Object.hasOwn(PLUGIN_ERROR_CODES, code);
}

function isProblem(value: unknown): value is Problem {
  if (!isRecord(value)) return false;
  const { code, message, remedy, path = "" } = value;
  return isCode(code) &&
    [message, remedy, path].every((text) => typeof text === "string");
}

function areProblems(value: unknown): value is readonly Problem[] {
  return Array.isArray(value) && value.length > 0 && value.every(isProblem);
}

function makeError(
  kind: string,
  name: string,
  message: string,
  errors: readonly unknown[],
  extras: Readonly<Record<string, unknown>>,
): Error {
  if (kind === "AggregateError") return new AggregateError(errors, message);
  if (kind === "DOMException") return new DOMException(message, name);
  if (kind === "PluginError") {
    const { code, remedy, pluginId, problems } = extras;
    if (!isCode(code) || typeof remedy !== "string") throw invalid();
    return new PluginError(message, {
      code,
      remedy,
      pluginId: typeof pluginId === "string" ? pluginId : undefined,
      problems: areProblems(problems) ? problems : undefined,
    });
  }
  // Another version of Deno may have more classes.
  const ErrorClass = ERRORS.get(kind) ?? Error;
  return new ErrorClass(message);
}
