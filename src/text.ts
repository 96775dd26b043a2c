/**
 * Text that somebody else wrote, made fit to stand in one line of ours.
 *
 * Plugin ids, paths, error messages and log details come from outside. Shown
 * raw, a newline in them forges a line and an escape sequence drives the
 * terminal; these functions are what every message goes through.
 *
 * @module
 */

// Every C0 and C1 control, DEL, the line and paragraph separators, the
// bidirectional controls (Unicode UAX #9) and other invisible format characters
// that hide or reorder what follows, and lone surrogates.
const UNSAFE_REGEXP =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

// The colours of a terminal: Deno puts them into its own messages.
// deno-lint-ignore no-control-regex
const COLOR_REGEXP = /\u001b\[[0-9;]*m/g;

const MAX_SHOWN_LENGTH = 2_000;

/** What stands in a text where {@linkcode cut} took its end away. */
export const CUT_MARK = "… (";

function escapeCharacter(character: string): string {
  return SHORT_ESCAPES[character] ??
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Replaces every character that could start a line, drive a terminal, reorder
 * or hide text by its visible `\uXXXX` form.
 *
 * @param text The text as it came.
 * @returns The same text on one line; text without such characters is returned as it is.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE_REGEXP, escapeCharacter);
}

/**
 * Cuts a text that is too long to be read, and says how much is missing.
 *
 * @param text The text.
 * @param length The greatest number of UTF-16 code units to keep.
 * @returns The text, or its beginning with the cut marked.
 */
export function cut(text: string, length: number = MAX_SHOWN_LENGTH): string {
  if (text.length <= length) return text;
  // A cut between two halves of a pair would leave a lone surrogate.
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1))
    ? length - 1
    : length;
  return `${text.slice(0, end)}${CUT_MARK}${
    text.length - end
  } more characters)`;
}

/**
 * Puts a foreign value into double quotes for a message.
 *
 * @param value The value to show.
 * @returns The value escaped, cut to a readable length and quoted.
 */
export function quote(value: string): string {
  return `"${escapeControls(cut(value, 200))}"`;
}

/**
 * Says in one line what was thrown, whatever it was.
 *
 * A plugin may throw `null`, a string, or an object whose `toString` throws:
 * this never does.
 *
 * @param thrown What a `catch` or a rejection handed over.
 * @returns A readable line: name and message of an error, or the value itself.
 */
export function describeThrown(thrown: unknown): string {
  try {
    if (thrown instanceof Error) {
      const { name, message } = thrown;
      const text = message ? `${name}: ${message}` : `${name}`;
      return escapeControls(cut(text.replaceAll(COLOR_REGEXP, "")));
    }
    if (typeof thrown === "string") {
      return `the text ${quote(thrown)}`;
    }
    return escapeControls(cut(`the value ${String(thrown)}`));
  } catch {
    return "a value that cannot be shown";
  }
}
