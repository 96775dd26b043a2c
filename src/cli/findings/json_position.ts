/** Finds the place of a value in the text of a JSON file. */

import { joinJsonPath } from "../../base/json.ts";

/** A place in a text, counted from 1, in UTF-16 code units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Longer paths count as the value around them. */
const MAX_PATH = 400;
const TOKEN_REGEXP = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

const START: TextPosition = Object.freeze({ line: 1, column: 1 });

function keyOf(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

/** The places of all keys and list items of a text, which may be invalid. */
export class JsonPositions {
  readonly #positions: ReadonlyMap<string, TextPosition>;

  constructor(text: string) {
    this.#positions = findPositions(text);
  }

  /**
   * Returns the place of the value at a path such as `permissions.net[0]`, or of
   * the nearest value around it.
   */
  find(path: string): TextPosition {
    for (let at = path; at !== "";) {
      const found = this.#positions.get(at);
      if (found !== undefined) return found;
      at = at.slice(0, Math.max(at.lastIndexOf("."), at.lastIndexOf("["), 0));
    }
    return START;
  }
}

function findPositions(text: string): ReadonlyMap<string, TextPosition> {
  const found = new Map<string, TextPosition>();
  // The path of each open object or list, and the index in a list.
  const open: { path: string; index: number | undefined }[] = [];
  let isKey = false;
  let path = "";
  let [line, lineStart, seen] = [1, 0, 0];
  const positionOf = (offset: number): TextPosition => {
    for (;;) {
      const end = text.indexOf("\n", seen);
      if (end === -1 || end >= offset) break;
      line++;
      seen = lineStart = end + 1;
    }
    return { line, column: offset - lineStart + 1 };
  };
  for (const { 0: token, index: offset } of text.matchAll(TOKEN_REGEXP)) {
    const at = open.at(-1);
    if (token === "}" || token === "]") {
      open.pop();
      isKey = false;
    } else if (token === ",") {
      isKey = at?.index === undefined;
      if (at?.index !== undefined) at.index++;
    } else if (token === ":") {
      isKey = false;
    } else {
      if (isKey) path = joinJsonPath(at?.path ?? "", keyOf(token));
      else if (at?.index !== undefined) path = joinJsonPath(at.path, at.index);
      // Of a duplicate key, JSON.parse keeps the last value.
      const isNamed = isKey || at?.index !== undefined;
      if (isNamed && path.length <= MAX_PATH) {
        found.set(path, positionOf(offset));
      }
      if (token === "{") open.push({ path, index: undefined });
      if (token === "[") open.push({ path, index: 0 });
      isKey = token === "{";
    }
  }
  return found;
}
