// Characters that control a terminal or reorder text.
const UNSAFE_REGEXP =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Escapes foreign text for one line of a terminal. */
export function printable(text: string): string {
  return text.replace(
    UNSAFE_REGEXP,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
