/** Writes values for another process. */

import { PluginError } from "../../base/errors.ts";
import { joinJsonPath } from "../../base/json.ts";
import { describeThrown } from "../../base/text.ts";
import { classOfError, isExtraOfError } from "./error_classes.ts";
import {
  isIndexText,
  MOST_BIGINT_DIGITS,
  MOST_HOLES,
  MOST_INLINE_TEXT,
  MOST_PATTERN_LENGTH,
  MOST_STACK_LENGTH,
  mostHeadBytes,
  mostWeight,
  type ReferenceKind,
  TAG,
  TYPED_ARRAYS,
  WEIGHTS,
  type WireLimits,
} from "./wire_format.ts";

/** Gives numbers to values that stay in this process. */
export interface ReferenceWriter {
  /** Returns the number by which the other process refers to a value. */
  export(kind: ReferenceKind, value: object): number;
  /** Returns the number of a value that stays in the other process. */
  importedId(value: object): number | undefined;
}

export interface EncodeOptions {
  readonly limits: WireLimits;
  /** Without it, a function or another reference is refused. */
  readonly references?: ReferenceWriter | undefined;
  /** Sends stack traces of errors. They contain paths of this process. */
  readonly stacks?: boolean | undefined;
}

export interface Encoded {
  /** JSON. */
  readonly text: string;
  /** The memory of typed arrays, not copied. */
  readonly segments: readonly Uint8Array[];
}

// The array around the values of a message, and the object and array of a tag.
const ENVELOPE_DEPTH = 4;
// A shorter text is tested faster than `JSON.stringify` is called.
const SHORT_TEXT = 64;
const ESCAPED_REGEXP =
  // deno-lint-ignore no-control-regex
  /["\\\u0000-\u001f\ud800-\udfff]/;
const utf8 = new TextEncoder();
const CLASS_REGEXP = /^class\b/;
const STEPS_OF_ITERATORS: ReadonlySet<string> = new Set([
  "next",
  "return",
  "throw",
]);
/**
 * Writes a value. Getters are read once, as a structured clone does.
 *
 * @throws {PluginError} `PLUGIN_NOT_TRANSFERABLE` with the path of the first value
 * that cannot cross.
 */
export function encode(
  value: unknown,
  root: string,
  options: EncodeOptions,
): Encoded {
  return new Encoder(root, options).encode(value);
}

class Refusal extends Error {}

/**
 * Tests if an object with a key is written as a list of entries. A tag would make
 * it something else. V8 15.0 mistakes a key with an escape for another one when an
 * earlier object had a key that looks like the escape.
 */
function isUnsafeKey(key: string): boolean {
  return key === TAG || ESCAPED_REGEXP.test(key);
}

/** Writes the name of a method. */
export function quoteName(name: string): string {
  return isIndexText(name) ? `{"${TAG}":"#","v":${name}}` : quoteText(name);
}

function quoteText(text: string): string {
  return text.length <= SHORT_TEXT && !ESCAPED_REGEXP.test(text)
    ? `"${text}"`
    : JSON.stringify(text);
}

class Encoder {
  readonly #root: string;
  readonly #limits: WireLimits;
  readonly #stacks: boolean;
  #references: ReferenceWriter | undefined;
  #text = "";
  #segments: Uint8Array[] = [];
  #segmentBytes = 0;
  #objects = 0;
  #depth = ENVELOPE_DEPTH;
  readonly #above: object[] = [];
  readonly #path: (string | number)[] = [];

  constructor(root: string, options: EncodeOptions) {
    this.#root = root;
    this.#limits = options.limits;
    this.#references = options.references;
    this.#stacks = options.stacks ?? false;
  }

  encode(value: unknown): Encoded {
    try {
      this.#write(value);
      this.#checkSize();
    } catch (thrown) {
      if (thrown instanceof PluginError) throw thrown;
      const path = this.#path.reduce<string>(joinJsonPath, this.#root);
      const why = thrown instanceof Refusal
        ? thrown.message
        : `reading it failed with ${describeThrown(thrown)}`;
      throw new PluginError(`Cannot pass ${path} to another process: ${why}`, {
        code: "PLUGIN_NOT_TRANSFERABLE",
        remedy: "Pass plain data, dates, maps, sets, typed arrays, errors, " +
          "functions, async iterables and abort signals alone",
        cause: thrown instanceof Refusal ? undefined : thrown,
      });
    }
    return { text: this.#text, segments: this.#segments };
  }

  #checkSize(): void {
    const size = this.#text.length + this.#segmentBytes;
    const most = mostHeadBytes(this.#limits);
    if (size > this.#limits.frameBytes || this.#text.length > most) {
      throw new Refusal(
        `the message is too large for a limit of ${this.#limits.frameBytes} bytes`,
      );
    }
  }

  #charge(weight: number): void {
    this.#objects += weight;
    if (this.#objects > mostWeight(this.#limits)) {
      throw new Refusal("the message has too many objects");
    }
    this.#checkSize();
  }

  #open(value: object, levels: number, weight: number): void {
    this.#charge(weight);
    if (this.#above.includes(value)) {
      throw new Refusal("it contains itself");
    }
    this.#depth += levels;
    if (this.#depth > this.#limits.depth) {
      throw new Refusal("it is nested too deeply");
    }
    this.#above.push(value);
  }

  #close(levels: number): void {
    this.#above.pop();
    this.#depth -= levels;
  }

  #write(value: unknown): void {
    switch (typeof value) {
      case "string":
        this.#writeText(value);
        break;
      case "number":
        this.#writeNumber(value);
        break;
      case "boolean":
        this.#text += value ? "true" : "false";
        break;
      case "undefined":
        this.#tag("u");
        break;
      case "bigint":
        this.#writeBigint(value);
        break;
      case "symbol":
        throw new Refusal("it is a symbol");
      case "function":
        this.#writeFunction(value);
        break;
      case "object":
        if (value === null) this.#text += "null";
        else this.#writeObject(value);
    }
  }

  /** Writes a kind, with a value that is JSON already. */
  #tag(kind: string, json?: string): void {
    this.#text += json === undefined
      ? `{"${TAG}":"${kind}"}`
      : `{"${TAG}":"${kind}","v":${json}}`;
  }

  #writeText(value: string): void {
    if (isIndexText(value)) {
      this.#charge(WEIGHTS.plain);
      this.#tag("#", value);
    } else if (value.length > MOST_INLINE_TEXT && value.isWellFormed()) {
      this.#writeSegment("text", utf8.encode(value));
    } else {
      if (value.length > SHORT_TEXT) this.#checkSize();
      this.#text += quoteText(value);
    }
  }

  #writeNumber(value: number): void {
    if (Number.isFinite(value)) {
      if (value === 0 && Object.is(value, -0)) this.#tag("-0");
      else this.#text += value;
    } else this.#tag(Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
  }

  #writeBigint(value: bigint): void {
    // Hexadecimal: decimal digits take more than linear time.
    const digits = value.toString(16);
    if (digits.length > MOST_BIGINT_DIGITS) {
      throw new Refusal("it is too large an integer");
    }
    this.#tag("n", `"x${digits}"`);
  }

  #writeFunction(value: object): void {
    if (CLASS_REGEXP.test(Function.prototype.toString.call(value))) {
      throw new Refusal("it is a class");
    }
    // Awaiting an object with such a method calls it.
    if (this.#path.at(-1) === "then") {
      throw new Refusal('it is a method named "then"');
    }
    this.#writeReference("function", value, "a function");
  }

  #writeReference(kind: ReferenceKind, value: object, what: string): void {
    const references = this.#references;
    if (references === undefined) {
      throw new Refusal(`it is ${what}, and only data can be passed here`);
    }
    this.#charge(WEIGHTS.heavy);
    const imported = references.importedId(value);
    if (imported !== undefined) return this.#tag("back", String(imported));
    this.#tag(kind, String(references.export(kind, value)));
  }

  #writeObject(value: object): void {
    if (Array.isArray(value)) return this.#writeArray(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      if (!(Symbol.asyncIterator in value)) return this.#writePlain(value);
    }
    if (value instanceof Error) return this.#writeError(value);
    if (ArrayBuffer.isView(value)) return this.#writeView(value);
    if (value instanceof ArrayBuffer) return this.#writeBuffer(value);
    if (value instanceof AbortSignal) return this.#writeSignal(value);
    switch (prototype) {
      case Date.prototype:
        return this.#writeDate(value);
      case Map.prototype:
        return this.#writeMap(value);
      case Set.prototype:
        return this.#writeSet(value);
      case RegExp.prototype:
        return this.#writePattern(value);
      case URL.prototype:
        this.#charge(WEIGHTS.heavy);
        return this.#tag("url", quoteText(String(value)));
    }
    this.#writeIterable(value);
  }

  #writeArray(values: readonly unknown[]): void {
    this.#open(values, 1, WEIGHTS.plain);
    this.#text += "[";
    const { length } = values;
    let holes = 0;
    const step = this.#path.push(0) - 1;
    for (let index = 0; index < length; index++) {
      this.#path[step] = index;
      if (index > 0) this.#text += ",";
      const value = values[index];
      if (value === undefined && !Object.hasOwn(values, index)) {
        if (++holes > MOST_HOLES) {
          throw new Refusal(`it follows more than ${MOST_HOLES} empty slots`);
        }
        this.#tag("hole");
      } else this.#write(value);
    }
    this.#path.pop();
    this.#text += "]";
    this.#close(1);
  }

  #writePlain(value: object): void {
    // One read of each getter; a key named __proto__ stays a key.
    const source: Readonly<Record<string, unknown>> = { ...value };
    const keys = Object.keys(source);
    const isList = keys.some(isUnsafeKey);
    const levels = isList ? 2 : 1;
    this.#open(value, levels, WEIGHTS.plain);
    this.#text += isList ? `{"${TAG}":"object","v":[` : "{";
    const step = this.#path.push("") - 1;
    let separator = "";
    for (const key of keys) {
      this.#path[step] = key;
      this.#text += separator;
      separator = ",";
      if (isList) {
        this.#writeText(key);
        this.#text += ",";
      } else this.#text += `"${key}":`;
      this.#write(source[key]);
    }
    this.#path.pop();
    this.#text += isList ? "]}" : "}";
    this.#close(levels);
  }

  #writeList(kind: string, owner: object, values: Iterable<unknown>): void {
    this.#open(owner, 2, WEIGHTS.collection);
    this.#text += `{"${TAG}":"${kind}","v":[`;
    const step = this.#path.push(0) - 1;
    let index = 0;
    for (const value of values) {
      this.#path[step] = index;
      if (index > 0) this.#text += ",";
      this.#write(value);
      index++;
    }
    this.#path.pop();
    this.#text += "]}";
    this.#close(2);
  }

  #writeMap(value: object): void {
    const entries: unknown[] = [];
    Map.prototype.forEach.call(value, (held: unknown, key: unknown) => {
      entries.push(key, held);
    });
    this.#writeList("map", value, entries);
  }

  #writeSet(value: object): void {
    const entries: unknown[] = [];
    Set.prototype.forEach.call(value, (held: unknown) => {
      entries.push(held);
    });
    this.#writeList("set", value, entries);
  }

  #writeDate(value: object): void {
    this.#charge(WEIGHTS.collection);
    const time = Date.prototype.getTime.call(value);
    this.#tag("date", Number.isNaN(time) ? "null" : String(time));
  }

  #writePattern(value: object): void {
    this.#charge(WEIGHTS.heavy);
    if (!(value instanceof RegExp)) throw new Refusal("it has no pattern");
    const { source, flags } = value;
    if (source.length > MOST_PATTERN_LENGTH) {
      throw new Refusal("its pattern is too long");
    }
    this.#tag("regexp", quoteText(`/${source}/${flags}`));
  }

  #writeView(value: ArrayBufferView): void {
    const isTyped = !(value instanceof DataView);
    const tag: unknown = Reflect.get(value, Symbol.toStringTag);
    const kind = isTyped ? String(tag) : "DataView";
    if (isTyped && !TYPED_ARRAYS.has(kind)) {
      throw new Refusal("it is a typed array of an unknown class");
    }
    const { buffer, byteOffset, byteLength } = value;
    this.#writeSegment(kind, new Uint8Array(buffer, byteOffset, byteLength));
  }

  #writeBuffer(value: ArrayBuffer): void {
    if (value.detached) throw new Refusal("its memory was transferred");
    this.#writeSegment("ArrayBuffer", new Uint8Array(value));
  }

  #writeSegment(kind: string, bytes: Uint8Array): void {
    this.#charge(WEIGHTS.segment);
    if (this.#segments.length >= this.#limits.segments) {
      throw new Refusal("the message has too many typed arrays");
    }
    this.#tag(kind, String(this.#segments.push(bytes) - 1));
    this.#segmentBytes += bytes.length;
    this.#checkSize();
  }

  #writeSignal(signal: AbortSignal): void {
    if (!signal.aborted) {
      return this.#writeReference("signal", signal, "an abort signal");
    }
    this.#open(signal, 1, WEIGHTS.heavy);
    this.#text += `{"${TAG}":"aborted","v":`;
    this.#writeDescribed(signal.reason);
    this.#text += "}";
    this.#close(1);
  }

  #writeIterable(value: object): void {
    const makesSteps = Symbol.asyncIterator in value;
    const isIterator = "next" in value && typeof value.next === "function";
    if (!makesSteps && !(isIterator && Symbol.iterator in value)) {
      throw new Refusal(describeInstance(value));
    }
    for (const key of Object.keys(value)) {
      if (STEPS_OF_ITERATORS.has(key)) continue;
      this.#path.push(key);
      throw new Refusal("it is a member of an async iterable, which has none");
    }
    this.#writeReference(
      isIterator ? "iterator" : "iterable",
      value,
      "an async iterable",
    );
  }

  #writeError(error: Error): void {
    this.#open(error, 2, WEIGHTS.heavy);
    const { kind, name } = classOfError(error);
    this.#text += `{"${TAG}":"error","k":${quoteText(kind)}`;
    this.#text += ',"m":';
    this.#writeText(String(error.message));
    if (name !== kind) {
      this.#text += ',"n":';
      this.#writeText(name);
    }
    if (this.#stacks && typeof error.stack === "string") {
      this.#text += ',"s":';
      this.#writeText(error.stack.slice(0, MOST_STACK_LENGTH));
    }
    if (Object.hasOwn(error, "cause")) {
      this.#text += ',"c":';
      this.#writeDescribed(error.cause, "cause");
    }
    if (error instanceof AggregateError) this.#writeErrors(error.errors);
    this.#writeExtras(error);
    this.#text += "}";
    this.#close(2);
  }

  #writeErrors(errors: readonly unknown[]): void {
    this.#text += ',"e":[';
    for (const [index, each] of [...errors].entries()) {
      if (index > 0) this.#text += ",";
      this.#writeDescribed(each, "errors");
    }
    this.#text += "]";
  }

  #writeExtras(error: Error): void {
    const isOurs = error instanceof PluginError;
    let separator = ',"x":{';
    for (const key of Object.keys(error)) {
      if (!isExtraOfError(key) || isUnsafeKey(key)) continue;
      const value: unknown = Reflect.get(error, key);
      if (isOurs && value === undefined) continue;
      if (this.#attempt(key, value, `${separator}"${key}":`)) {
        separator = ",";
      }
    }
    if (separator === ",") this.#text += "}";
  }

  /** Writes a value, or its description if it cannot cross: no error is lost by its cause. */
  #writeDescribed(value: unknown, step?: string): void {
    if (this.#attempt(step, value, "")) return;
    this.#text += quoteText(describeThrown(value));
  }

  /** Writes data after a prefix, or nothing at all if it cannot cross. */
  #attempt(
    step: string | undefined,
    value: unknown,
    prefix: string,
  ): boolean {
    const text = this.#text;
    const segments = this.#segments.length;
    const segmentBytes = this.#segmentBytes;
    const depth = this.#depth;
    const above = this.#above.length;
    const path = this.#path.length;
    const references = this.#references;
    this.#references = undefined;
    try {
      if (step !== undefined) this.#path.push(step);
      this.#text += prefix;
      this.#write(value);
      return true;
    } catch {
      this.#text = text;
      this.#segments.length = segments;
      this.#segmentBytes = segmentBytes;
      this.#depth = depth;
      this.#above.length = above;
      return false;
    } finally {
      this.#path.length = path;
      this.#references = references;
    }
  }
}

function describeInstance(value: object): string {
  const name: unknown = Reflect.get(value, "constructor")?.name;
  return typeof name === "string" && name !== ""
    ? `it is an instance of ${name}`
    : "it has a class";
}
