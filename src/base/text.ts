/**
 * Text that somebody else wrote, made fit to stand in one line of ours.
 *
 * Plugin ids, paths, error messages and log details come from outside. Shown
 * raw, a newline in them forges a line and an escape sequence drives the
 * terminal; these functions are what every message goes through.
 *
 * @module
 */

/**
 * The characters that never reach a person as they are, as the inside of a
 * character class of a regular expression with the flag `u`: controls, line
 * separators, lone halves of pairs, and all that is invisible or reorders text.
 * Default-ignorable are zero-width and bidirectional characters, soft hyphens,
 * tags, variation selectors and Hangul fillers.
 */
export const UNSAFE_CHARACTERS: string =
  String.raw`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}` +
  // Not default-ignorable, and yet blank in most fonts.
  String.raw`\p{Noncharacter_Code_Point}\u2800\ufffc\u{16fe4}\u{1d159}`;

const UNSAFE_REGEXP = new RegExp(`[${UNSAFE_CHARACTERS}]`, "gu");

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
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  // By code units, as JSON does: a reader of JSON gets the same text again.
  let escaped = "";
  for (let index = 0; index < character.length; index++) {
    const unit = character.charCodeAt(index).toString(16).padStart(4, "0");
    escaped += `\\u${unit}`;
  }
  return escaped;
}

/**
 * Replaces every character that could start a line, drive a terminal, reorder
 * text or stay invisible by its visible `\uXXXX` form.
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

/** What stands for a line break in a message that is shown on one line. */
const LINE_BREAK = " ⏎ ";

/**
 * Shows a foreign message on one line: a line break is a visible sign, and not
 * two characters that a person has to decode.
 *
 * @param message The message as it came.
 * @param length The greatest number of UTF-16 code units to keep.
 * @returns The message escaped, cut to a readable length.
 */
export function onOneLine(message: string, length?: number): string {
  const text = cut(message.trimEnd(), length).replaceAll("\n", LINE_BREAK);
  return escapeControls(text);
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
      return onOneLine(text.replaceAll(COLOR_REGEXP, ""));
    }
    if (typeof thrown === "string") {
      return `the text ${quote(thrown)}`;
    }
    return onOneLine(`the value ${String(thrown)}`);
  } catch {
    return "a value that cannot be shown";
  }
}
