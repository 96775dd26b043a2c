/**
 * What `JSON.parse` passes over: an object that names a key twice. Pure.
 *
 * @module
 */

/** A key that an object names twice. */
export interface DuplicateKey {
  /** The key. */
  readonly key: string;
  /** The line of its second occurrence, from 1. */
  readonly line: number;
}

const SPACE_REGEXP = /[ \t\n\r]/;

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') {
    end += text[end] === "\\" ? 2 : 1;
  }
  return end + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (SPACE_REGEXP.test(text[at] ?? "")) at++;
  return at;
}

/**
 * Finds the first key that stands twice in one object. `JSON.parse` takes the
 * last and drops the others without a word.
 *
 * @param text A text that `JSON.parse` accepts.
 * @returns The key and its line, or `undefined`.
 */
export function findDuplicateKey(text: string): DuplicateKey | undefined {
  const open: (Set<string> | undefined)[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === "{") open.push(new Set());
    if (character === "[") open.push(undefined);
    if (character === "}" || character === "]") open.pop();
    if (character !== '"') {
      at++;
      continue;
    }
    const end = endOfString(text, at);
    if (text[skipSpace(text, end)] === ":") {
      const key = String(JSON.parse(text.slice(at, end)));
      const keys = open.at(-1);
      if (keys?.has(key)) {
        return { key, line: text.slice(0, at).split("\n").length };
      }
      keys?.add(key);
    }
    at = end;
  }
  return undefined;
}
