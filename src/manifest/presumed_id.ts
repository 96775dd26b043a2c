/**
 * Presumes the id of a plugin whose manifest cannot be used: it keeps that id,
 * so that no later source gets it.
 *
 * @module
 */

import { resolvePath, withoutSeparators } from "../base/path.ts";
import { fileName } from "../base/file_url.ts";
import { ID_REGEXP } from "./manifest.ts";

const ID_VALUE_REGEXP = /\s*:\s*"([a-z0-9_-]{1,64})"/y;

/** The position of the quote or line break that ends a string. */
function stringEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"' || character === "\n") return at;
    at += character === "\\" ? 2 : 1;
  }
  return text.length;
}

/**
 * Finds the id in the text of a manifest that is not JSON: the one value of the
 * field `id`, but not of an object inside.
 *
 * @param text The text.
 * @returns The id; `undefined` when it names no id, or several.
 */
export function findIdInText(text: string): string | undefined {
  const ids = new Set<string>();
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = stringEnd(text, at + 1);
      const isId = depth <= 1 && text.slice(at + 1, end) === "id";
      at = end + 1;
      ID_VALUE_REGEXP.lastIndex = at;
      const id = isId ? ID_VALUE_REGEXP.exec(text)?.[1] : undefined;
      if (id !== undefined) ids.add(id);
      continue;
    }
    if (character === "{" || character === "[") depth++;
    if (character === "}" || character === "]") depth--;
    at++;
  }
  const [id] = ids;
  return ids.size === 1 && id !== undefined && ID_REGEXP.test(id)
    ? id
    : undefined;
}

const PACKAGE_REGEXP = /^(?:jsr|npm):\/?(?:@[^/]*\/)?([^@/]*)/i;

/**
 * Presumes an id from where a plugin lies: the name of its directory, or of its
 * package.
 *
 * @param source The source, as it is shown to people.
 * @param workingDirectory What relative paths are relative to, absolute.
 * @returns The id; `undefined` when that name cannot be one.
 */
export function presumeIdOfSource(
  source: string,
  workingDirectory: string,
): string | undefined {
  const name = PACKAGE_REGEXP.exec(source)?.[1] ??
    directoryName(source, workingDirectory);
  return ID_REGEXP.test(name) ? name : undefined;
}

function directoryName(source: string, workingDirectory: string): string {
  const path = URL.canParse(source)
    ? new URL(source).pathname
    : resolvePath(source, workingDirectory);
  const directory = path.replace(/[\\/][^\\/]*\.json$/, "");
  return fileName(withoutSeparators(directory));
}
