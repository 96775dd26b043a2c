import { load } from "npm:js-yaml@^5.0.0";
import type { Root } from "npm:@types/mdast@^4.0.4";

/**
 * The title that a document gives itself in its YAML front matter.
 *
 * @param root The document's syntax tree.
 * @returns The title; `undefined` where there is none, or where the front
 * matter is not YAML: a document is searched all the same.
 */
export function frontMatterTitle(root: Root): string | undefined {
  const first = root.children[0];
  if (first?.type !== "yaml") return undefined;
  let data: unknown;
  try {
    data = load(first.value);
  } catch {
    return undefined;
  }
  if (typeof data !== "object" || data === null || !("title" in data)) {
    return undefined;
  }
  const { title } = data;
  // An unquoted `title: 2026` is a number to YAML.
  return typeof title === "string" || typeof title === "number"
    ? String(title).trim()
    : undefined;
}
