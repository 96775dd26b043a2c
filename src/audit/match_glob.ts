/**
 * Patterns in which `*` stands for any text.
 *
 * @module
 */

/**
 * Whether a text matches a pattern. The time it takes grows in step with the
 * two, whatever they are.
 *
 * @param pattern The pattern: `*` is any text, also none and also with dots.
 * @param text The text.
 * @returns Whether all of the text matches.
 */
export function matchGlob(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  if (parts.length === 1) return text === first;
  const last = parts.at(-1) ?? "";
  const end = text.length - last.length;
  if (end < first.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, from);
    if (found === -1 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}
