import type { JsonValue } from "./json.ts";
import { matchEnd } from "./text.ts";

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

/**
 * Parses JSON and refuses duplicate keys. The engine's own message knows the
 * place of some faults only, and quotes the text, which may hold a secret.
 */
export function parseJson(text: string): ParsedJson {
  try {
    const value: JsonValue = JSON.parse(text);
    if (hasNoDuplicateKeys(text, value)) return { ok: true, value };
  } catch {
    // The fault is found below.
  }
  const fault = findFault(text);
  return fault === undefined
    ? { ok: true, value: JSON.parse(text) }
    : { ok: false, fault };
}
