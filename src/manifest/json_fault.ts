/**
 * Where a text stops being JSON.
 *
 * The engine tells the place of some faults only, and quotes the text, which
 * may be any file that a link points to.
 *
 * @module
 */

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
