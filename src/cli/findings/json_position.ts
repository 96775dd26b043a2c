/** Finds the place of a value in the text of a JSON file. */

import { joinJsonPath } from "../../base/json.ts";

/** A place in a text, counted from 1, in UTF-16 code units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

const TOKEN_REGEXP = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** Lists the offset of each key and each item of a list, by its path. */
function offsets(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  // The path of each open object or list, and the index in a list.
  const open: { path: string; index: number | undefined }[] = [];
  let isKey = false;
  let path = "";
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
      if (isKey || at?.index !== undefined) found.set(path, offset);
      if (token === "{") open.push({ path, index: undefined });
      if (token === "[") open.push({ path, index: 0 });
      isKey = token === "{";
    }
  }
  return found;
}

function keyOf(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

/**
 * Returns the place of the value at a path such as `permissions.net[0]`, or of
 * the nearest value around it. The text may be invalid.
 */
export function findInJson(text: string, path: string): TextPosition {
  const found = offsets(text);
  let offset = found.get(path);
  for (let at = path; offset === undefined && at !== "";) {
    at = at.slice(0, Math.max(at.lastIndexOf("."), at.lastIndexOf("["), 0));
    offset = found.get(at);
  }
  const before = text.slice(0, offset ?? 0);
  return {
    line: before.split("\n").length,
    column: before.length - before.lastIndexOf("\n"),
  };
}
