// All that drives a terminal, or shows text in another order than it has.
const UNSAFE_REGEXP =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Makes text that somebody else wrote fit for one line of a terminal.
 *
 * @param text The text.
 * @returns The same text, what is not to be printed shown as `\uXXXX`.
 */
export function printable(text: string): string {
  return text.replace(
    UNSAFE_REGEXP,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
