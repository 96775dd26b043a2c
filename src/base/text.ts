// Plugin ids, paths, error messages and log details come from outside. Raw, a
// newline in them forges a line, and an escape sequence controls the terminal:
// every message goes through these functions.

/**
 * The characters that are never shown raw, for a character class of a regular
 * expression with the flag `u`: controls, line separators, lone surrogates, and
 * everything that is invisible or reorders text. Default-ignorable are zero-width
 * and bidirectional characters, soft hyphens, tags, variation selectors and Hangul
 * fillers.
 */
export const UNSAFE_CHARACTERS: string =
  String.raw`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}` +
  // Not default-ignorable, but blank in most fonts.
  String.raw`\p{Noncharacter_Code_Point}\u2800\ufffc\u{16fe4}\u{1d159}`;

const UNSAFE_REGEXP = new RegExp(`[${UNSAFE_CHARACTERS}]`, "gu");

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

// Deno puts terminal colors into its own messages.
// deno-lint-ignore no-control-regex
const COLOR_REGEXP = /\u001b\[[0-9;]*m/g;

const MAX_SHOWN_LENGTH = 2_000;

/** Marks the place where {@linkcode cut} removed the end of a text. */
export const CUT_MARK = "… (";

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  // By code units, as JSON does: a JSON parser returns the same text.
  let escaped = "";
  for (let index = 0; index < character.length; index++) {
    const unit = character.charCodeAt(index).toString(16).padStart(4, "0");
    escaped += `\\u${unit}`;
  }
  return escaped;
}

/**
 * Replaces every character that could start a line, control a terminal, reorder
 * text or stay invisible by its visible `\uXXXX` form.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE_REGEXP, escapeCharacter);
}

/** Truncates a text to a number of UTF-16 code units, and adds how much is missing. */
export function cut(text: string, length: number = MAX_SHOWN_LENGTH): string {
  if (text.length <= length) return text;
  // Never between the two surrogates of a pair.
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1))
    ? length - 1
    : length;
  return `${text.slice(0, end)}${CUT_MARK}${
    text.length - end
  } more characters)`;
}

/** Escapes and truncates a value from outside and puts it into double quotes. */
export function quote(value: string): string {
  return `"${escapeControls(cut(value, 200))}"`;
}

const LINE_BREAK = " ⏎ ";

/** Escapes and truncates a message from outside, with a visible sign for a line break. */
export function onOneLine(message: string, length?: number): string {
  const text = cut(message.trimEnd(), length).replaceAll("\n", LINE_BREAK);
  return escapeControls(text);
}

/**
 * Describes a thrown value in one line. Never throws: a plugin may throw `null`,
 * a string, or an object whose `toString` throws.
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

/** Returns the end of a match of a sticky expression that begins at a position. */
export function matchEnd(
  sticky: RegExp,
  text: string,
  position: number,
): number | undefined {
  sticky.lastIndex = position;
  return sticky.test(text) ? sticky.lastIndex : undefined;
}
