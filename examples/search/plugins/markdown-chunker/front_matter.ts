import { load } from "npm:js-yaml@^5.0.0";
import type { Root } from "npm:@types/mdast@^4.0.4";

/** Reads the title from the YAML front matter of a document. */
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
  // YAML reads an unquoted `title: 2026` as a number.
  return typeof title === "string" || typeof title === "number"
    ? String(title).trim()
    : undefined;
}
