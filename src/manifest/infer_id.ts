import { fileName, resolvePath, trimSeparators } from "../base/path.ts";
import { ID_REGEXP } from "./manifest.ts";

// A plugin whose manifest is invalid keeps its id, so that no later source gets
// it. These functions infer that id.

const ID_VALUE_REGEXP = /\s*:\s*"([a-z0-9_-]{1,64})"/y;

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
 * Infers the id from a manifest that is not JSON: the value of the field `id`,
 * not of an inner object. Returns `undefined` when there are several.
 */
export function inferIdFromText(text: string): string | undefined {
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
  const [id = ""] = ids;
  return ids.size === 1 && ID_REGEXP.test(id) ? id : undefined;
}

const PACKAGE_REGEXP = /^(?:jsr|npm):\/?(?:@[^/]*\/)?([^@/]*)/i;

/** Infers the id from the name of the plugin's directory or package. */
export function inferIdFromSource(
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
  return fileName(trimSeparators(directory));
}
