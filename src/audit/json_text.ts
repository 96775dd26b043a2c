/**
 * Text as a JSON string that is safe to show.
 *
 * @module
 */

import { escapeControls } from "../text.ts";

// What JSON must escape, what a terminal must not see, and every surrogate:
// whether one stands alone only the slower way tells.
const NOT_PLAIN_REGEXP =
  // deno-lint-ignore no-control-regex
  /["\\\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]/;

/**
 * Writes a text as a JSON string on one line, in which every character that
 * could drive a terminal or reorder text is a `\uXXXX` escape.
 *
 * @param text The text, which may hold anything.
 * @returns The JSON string with its quotes; parsed, it is the text again.
 */
export function jsonText(text: string): string {
  if (!NOT_PLAIN_REGEXP.test(text)) return `"${text}"`;
  return escapeControls(JSON.stringify(text));
}
