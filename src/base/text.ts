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

// Most texts are plain, and V8 takes a millisecond to make the other expression.
const PLAIN_REGEXP = /^[ -~]*$/;
let unsafeRegexp: RegExp | undefined;

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
  if (PLAIN_REGEXP.test(text)) return text;
  unsafeRegexp ??= new RegExp(`[${UNSAFE_CHARACTERS}]`, "gu");
  return text.replace(unsafeRegexp, escapeCharacter);
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

// The marks below a line of code count a tab as one column.
const CODE_LINE_REGEXP = /^ *\d+ \| .*$/gm;

/** Escapes and truncates a message from outside, with a visible sign for a line break. */
export function onOneLine(message: string, length?: number): string {
  const text = cut(message.trimEnd(), length)
    .replaceAll(CODE_LINE_REGEXP, (line) => line.replaceAll("\t", " "))
    .replaceAll("\n", LINE_BREAK);
  return escapeControls(text);
}

/**
 * Splits a message at its visible line breaks, to show it to a person. Indent all
 * lines after the first, as they may come from outside.
 */
export function linesOf(message: string): readonly string[] {
  return message.split(LINE_BREAK).map((line) => line.trimEnd());
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

// Two swapped neighbours count once: "raed" is nearer to "read" than to "run".
function editDistance(from: string, to: string): number {
  let beforePrevious: readonly number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from.charAt(row - 1) === to.charAt(column - 1);
      const swapped = row > 1 && column > 1 &&
        from.charAt(row - 1) === to.charAt(column - 2) &&
        from.charAt(row - 2) === to.charAt(column - 1);
      current.push(Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforePrevious[column - 2] ?? 0) + 1 : Infinity,
      ));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** Returns the known name that a misspelled one most likely means, if any. */
export function nearestName(
  written: string,
  names: readonly string[],
): string | undefined {
  // A hostile manifest may hold a name of a megabyte; nobody mistyped that.
  if (written.length > 40) return undefined;
  const lower = written.toLowerCase();
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const name of names) {
    // The lengths alone differ by as much.
    if (Math.abs(name.length - written.length) >= least) continue;
    const distance = editDistance(lower, name.toLowerCase());
    if (distance < least) {
      nearest = name;
      least = distance;
    }
  }
  return nearest;
}

export interface SyncWriter {
  /** Writes some of the bytes and returns their number. */
  writeSync(bytes: Uint8Array): number;
}

const MAX_WAITS = 1_000;

function wait(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

export class PartialWriteError extends Error {
  override readonly name = "PartialWriteError";
  /** The number of bytes that were written. */
  readonly written: number;

  constructor(written: number, cause: unknown) {
    super(`Cannot write all bytes: ${describeThrown(cause)}`, { cause });
    this.written = written;
  }
}

/**
 * Writes all bytes, in as few calls as the system allows. Waits a millisecond at
 * a time while a pipe is full: a reader that never reads must not block the host.
 */
export function writeAll(
  writer: SyncWriter,
  bytes: Uint8Array,
  maxWaits: number = MAX_WAITS,
): void {
  let written = 0;
  let waits = 0;
  while (written < bytes.length) {
    try {
      written += writer.writeSync(
        written === 0 ? bytes : bytes.subarray(written),
      );
    } catch (error) {
      if (error instanceof Deno.errors.Interrupted) continue;
      const full = error instanceof Deno.errors.WouldBlock;
      if (!full || waits >= maxWaits) {
        throw new PartialWriteError(written, error);
      }
      waits++;
      wait();
    }
  }
}

/** Prints one line on standard error. Never throws: nowhere is left to report that. */
export function printOnStderr(message: string): void {
  try {
    const line = `${escapeControls(message)}\n`;
    writeAll(Deno.stderr, new TextEncoder().encode(line), 0);
  } catch {
    // Standard error is closed or full.
  }
}

/** Prints a warning on standard error. Never throws. */
export function warnOnStderr(message: string): void {
  printOnStderr(`Warning: ${message}`);
}

/** Quotes ids, of many only the first ones. */
export function listIds(
  ids: readonly string[],
  max: number = Infinity,
): string {
  const named = ids.slice(0, max).map((id) => `"${id}"`).join(", ");
  return ids.length > max ? `${named} and ${ids.length - max} more` : named;
}
