/**
 * From the bytes of a `plugin.json` to a value, or to the place where it stops
 * being JSON.
 *
 * The engine tells the place of some faults only, and quotes the text, which
 * may be any file that a link points to.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { MAX_MANIFEST_BYTES } from "./manifest.ts";
import { findIdInText } from "./presumed_id.ts";

/** Something in a text that keeps it from being used as JSON. */
export interface JsonFault {
  /** What it is: no JSON, or a key that an object already has. */
  readonly kind: "syntax" | "repeated key";
  /** Where it is, counted in UTF-16 code units. */
  readonly position: number;
}

const SPACE_REGEXP = /[ \t\n\r]*/y;
const STRING_REGEXP =
  // deno-lint-ignore no-control-regex
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y;
const SCALAR_REGEXP =
  /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?/y;

/** The end of a match that begins at a position, where there is one. */
function matchEnd(
  pattern: RegExp,
  text: string,
  position: number,
): number | undefined {
  pattern.lastIndex = position;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function skipSpace(text: string, position: number): number {
  return matchEnd(SPACE_REGEXP, text, position) ?? position;
}

/**
 * Finds the first thing in a text that is not JSON, or the first key that
 * stands twice in one object.
 *
 * Of such a key `JSON.parse` keeps the last value, and a person who reads the
 * text may see another. It keeps its own stack, so that deep nesting does not
 * overflow the engine's.
 *
 * @param text The text.
 * @returns The fault, or `undefined` where `JSON.parse` takes the text and every key stands once.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  // The keys of each object that is open; nothing for a list.
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
      if (open.length === 0 || character !== ",") {
        return { kind: "syntax", position: at };
      }
      at++;
      expected = keys === undefined ? "value" : "key";
    } else if (expected === "key") {
      const end = matchEnd(STRING_REGEXP, text, at);
      if (end === undefined) return { kind: "syntax", position: at };
      // Two spellings of a key, one escaped, are one key.
      const key: unknown = JSON.parse(text.slice(at, end));
      if (keys?.has(String(key))) return { kind: "repeated key", position: at };
      keys?.add(String(key));
      at = skipSpace(text, end);
      if (text.charAt(at) !== ":") return { kind: "syntax", position: at };
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
      if (end === undefined) return { kind: "syntax", position: at };
      at = end;
      expected = "comma or end";
    }
  }
}

const SPACE = " ".charCodeAt(0);
const COLON = ":".charCodeAt(0);

/** How many keys a JSON text without escapes writes: the strings before a colon. */
function keysWritten(json: string): number {
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

/** How many keys the objects of a value hold. It keeps its own list of what waits, so that deep nesting does not overflow the engine's stack. */
function keysHeld(value: unknown): number {
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

/**
 * Whether a JSON text plainly holds each key of an object once: of a key that
 * stands twice, `JSON.parse` keeps one.
 *
 * @param json The text, which `JSON.parse` took.
 * @param value What it made of it.
 * @returns True where that is sure; false where it has to be looked at closely.
 */
export function everyKeyStandsOnce(json: string, value: unknown): boolean {
  return !json.includes("\\") && keysWritten(json) === keysHeld(value);
}

/** What {@linkcode decodeManifest} found. */
export type DecodeResult =
  | { readonly ok: true; readonly value: unknown }
  | {
    readonly ok: false;
    readonly id: undefined;
    /** The id that its text seems to name, though it is not JSON. */
    readonly presumedId?: string | undefined;
    readonly problems: readonly Problem[];
  };

function fail(
  message: string,
  remedy: string,
  presumedId?: string,
): DecodeResult {
  const problem: Problem = {
    code: "PLUGIN_MANIFEST_INVALID",
    message,
    remedy,
    path: "",
  };
  return {
    ok: false,
    id: undefined,
    presumedId,
    problems: Object.freeze([Object.freeze(problem)]),
  };
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function failAt(text: string, { kind, position }: JsonFault): DecodeResult {
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  const column = before.length - before.lastIndexOf("\n");
  const place = `line ${line}, column ${column}`;
  const id = findIdInText(text);
  return kind === "repeated key"
    ? fail(
      `The manifest holds a field twice: ${place}`,
      "Write every field once: the one of the two that counts is not the one a reader may see",
      id,
    )
    : fail(
      `The manifest is not JSON: ${place}`,
      "Correct the JSON at that place; comments and trailing commas are no JSON",
      id,
    );
}

function decodeJson(text: string): DecodeResult {
  try {
    const value: unknown = JSON.parse(text);
    if (everyKeyStandsOnce(text, value)) return { ok: true, value };
  } catch {
    // What is wrong, and where, is found below.
  }
  const fault = findJsonFault(text);
  return fault === undefined
    ? { ok: true, value: JSON.parse(text) }
    : failAt(text, fault);
}

/**
 * Reads the bytes of a manifest as JSON.
 *
 * What the file holds is never quoted: it may be any file that a link points
 * to.
 *
 * @param bytes What the file holds.
 * @returns The value, or why it is none, with the line and column.
 */
export function decodeManifest(bytes: Uint8Array): DecodeResult {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    return fail(
      `The manifest has more than ${MAX_MANIFEST_BYTES} bytes`,
      "Write less: a manifest names what a plugin needs, and no more",
    );
  }
  const text = decodeText(bytes);
  if (text === undefined || text.includes("\0")) {
    return fail("The manifest is not text", "Write JSON, as UTF-8");
  }
  return decodeJson(text);
}
