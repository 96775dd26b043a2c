// Paints, measures and wraps text for terminals. Own code and no library: mod.ts
// reaches it, and one definition of width serves the trail and every listing.

import { matchEnd } from "./text.ts";

/** Adds colors to text, or returns it unchanged. */
export type Paint = Readonly<
  Record<"bold" | "dim" | "green" | "yellow" | "red", (text: string) => string>
>;

/** The colors of a stream, and the width to wrap to. */
export interface Screen {
  readonly paint: Paint;
  /** `Infinity` if lines are not wrapped, e.g. in a pipe. */
  readonly columns: number;
}

// Of the 256 fixed colors, each has a contrast of at least 4:1 on black and on
// white. The first 16 depend on the theme, and yellow on white cannot be read.
const CODES = {
  bold: "1",
  dim: "38;5;243",
  green: "38;5;28",
  yellow: "38;5;130",
  red: "38;5;160",
} as const;
const RESET = "\x1b[0m";

export function createPaint(isOn: boolean): Paint {
  const style = (name: keyof typeof CODES) => (text: string) =>
    isOn && text !== "" ? `\x1b[${CODES[name]}m${text}${RESET}` : text;
  return Object.freeze({
    bold: style("bold"),
    dim: style("dim"),
    green: style("green"),
    yellow: style("yellow"),
    red: style("red"),
  });
}

/** A screen without colors that wraps nothing. */
export const PLAIN_SCREEN: Screen = Object.freeze({
  paint: createPaint(false),
  columns: Infinity,
});

/** A stream that may be a terminal. */
export interface OutputStream {
  isTerminal?(): boolean;
  /** Returns the width, for a terminal other than that of the process. */
  columns?(): number;
}

/** Returns the width of a terminal; other streams are as wide as a line. */
export function columnsOf(stream: OutputStream): number {
  if (stream.isTerminal?.() !== true) return Infinity;
  try {
    // A terminal that does not know its width returns 0.
    return (stream.columns?.() ?? Deno.consoleSize().columns) || Infinity;
  } catch {
    return Infinity;
  }
}

const ASCII_REGEXP = /^[\x20-\x7e]*$/;
const COLOR = String.raw`\x1b\[[0-9;]*m`;
const COLORS_REGEXP = new RegExp(COLOR, "g");
const FLAG_REGEXP = new RegExp(String.raw`(?:${COLOR})*--\w`, "y");

// Made when a text first needs them: they take a millisecond. A property of
// strings, such as RGI_Emoji, takes twenty.
function createPatterns() {
  return {
    // A color, an emoji, or a character with its marks.
    unit: new RegExp(
      String.raw`${COLOR}|\p{RI}{2}|[\d#*]\ufe0f?\u20e3|` + String
        .raw`\p{ExtPict}(?:[\ufe0f\p{EMod}]|\u200d\p{ExtPict})*|[^]\p{M}*`,
      "gu",
    ),
    emoji: /^\p{Extended_Pictographic}\ufe0f|\u20e3$/u,
    noWidth:
      /^[\p{M}\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u1160-\u11ff\ud7b0-\ud7ff]/u,
    // The ranges that Unicode calls wide or fullwidth, beside emoji.
    wide:
      /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u33ff\u3400-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u,
    closing: /^[\p{Pe}\p{Pf}\p{Po}]/u,
    opening: /^[\p{Ps}\p{Pi}]/u,
  };
}

let created: ReturnType<typeof createPatterns> | undefined;

function patterns(): ReturnType<typeof createPatterns> {
  return created ??= createPatterns();
}

function unitWidth(unit: string): 0 | 1 | 2 {
  const { noWidth, wide, emoji } = patterns();
  if (noWidth.test(unit)) return 0;
  return wide.test(unit) || emoji.test(unit) ? 2 : 1;
}

/** Returns the number of columns that a text takes; colors take none. */
export function displayWidth(text: string): number {
  if (ASCII_REGEXP.test(text)) return text.length;
  let width = 0;
  for (const [unit] of text.matchAll(patterns().unit)) {
    if (!unit.startsWith("\x1b[")) width += unitWidth(unit);
  }
  return width;
}

/** Fills up a text with spaces to a width. */
export function padToWidth(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

interface Word {
  /** The spaces before it. */
  readonly gap: string;
  readonly text: string;
  readonly width: number;
  /** It begins with `--`, after its colors. */
  readonly isFlag: boolean;
}

// Paths, URLs and specifiers: a line break would make them useless to copy.
const WHOLE_REGEXP = /^["'(]*(?:[a-z][\w+.-]*:\S|[\w.@~-]*\/|[A-Za-z]:\\|\$\()/;

/** Returns the end of a word; spaces in the quoted values of a flag do not end it. */
function endOfWord(text: string, start: number, isFlag: boolean): number {
  const unclosed = new Set<string>();
  let at = start;
  while (at < text.length && text[at] !== " ") {
    const quote = text[at] ?? "";
    // A quote elsewhere, as in "--help", is of the text around the flag.
    const opens = text[at - 1] === "=" || text.startsWith("\\'", at - 2);
    if (isFlag && quote === "\\") at++;
    else if (
      isFlag && opens && (quote === "'" || quote === '"') &&
      !unclosed.has(quote)
    ) {
      const close = text.startsWith('"$(', at) ? ')"' : quote;
      const end = text.indexOf(close, at + 1);
      if (end === -1) unclosed.add(quote);
      else at = end + close.length - 1;
    }
    at++;
  }
  return Math.min(at, text.length);
}

/** Splits a word where a line may end: beside a wide letter. */
function splitWide(word: Word): readonly Word[] {
  if (word.isFlag || word.width === word.text.length) return [word];
  const { closing, opening } = patterns();
  const parts: string[] = [""];
  let [before, wasWide] = ["", false];
  for (const [unit] of word.text.matchAll(patterns().unit)) {
    const isWide = unitWidth(unit) === 2;
    const mayBreak = before !== "" && (isWide || wasWide) &&
      !unit.startsWith("\x1b[") && !closing.test(unit) &&
      !opening.test(before);
    if (mayBreak) parts.push(unit);
    else parts.push((parts.pop() ?? "") + unit);
    if (!unit.startsWith("\x1b[")) [before, wasWide] = [unit, isWide];
  }
  return parts.map((text, index) => ({
    gap: index === 0 ? word.gap : "",
    text,
    width: displayWidth(text),
    isFlag: false,
  }));
}

function splitWords(text: string): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    while (text[at] === " ") at++;
    const begin = at;
    const isFlag = matchEnd(FLAG_REGEXP, text, at) !== undefined;
    at = endOfWord(text, at, isFlag);
    const word = text.slice(begin, at);
    if (word === "") break;
    words.push(...splitWide({
      gap: text.slice(start, begin),
      text: word,
      width: displayWidth(word),
      isFlag,
    }));
  }
  return words;
}

/** Cuts a word that no line has room for, unless people may copy it. */
function cutWord(word: Word, room: number): readonly Word[] {
  const plain = word.text.replaceAll(COLORS_REGEXP, "");
  if (word.width <= room || word.isFlag || WHOLE_REGEXP.test(plain)) {
    return [word];
  }
  const parts = [""];
  let width = 0;
  for (const [unit] of word.text.matchAll(patterns().unit)) {
    const more = unit.startsWith("\x1b[") ? 0 : unitWidth(unit);
    if (width + more > room) {
      parts.push("");
      width = 0;
    }
    parts.push((parts.pop() ?? "") + unit);
    width += more;
  }
  return parts.map((text, index) => ({
    gap: index === 0 ? word.gap : "",
    text,
    width: displayWidth(text),
    isFlag: false,
  }));
}

/** Returns the colors that are on after a text, given those before it. */
function colorsAfter(text: string, before: string): string {
  let colors = before;
  for (const [color] of text.matchAll(COLORS_REGEXP)) {
    colors = color === RESET ? "" : colors + color;
  }
  return colors;
}

const MIN_ROOM = 8;
const CONTINUED = " \\";

/** Options of {@linkcode wrapText}. */
export interface WrapOptions {
  /** Begins every line but the first. */
  readonly hanging?: string;
  /** Ends each line but the last with a backslash, as a shell needs it. */
  readonly isCommand?: boolean;
}

/**
 * Breaks one line into lines of at most so many columns. Flags, paths and URLs
 * stay in one piece even if they are longer. Between two flags, a backslash ends
 * the line, so that several lines of flags can be pasted into a shell.
 */
export function wrapText(
  text: string,
  columns: number,
  { hanging = "", isCommand = false }: WrapOptions = {},
): readonly string[] {
  if (columns === Infinity || displayWidth(text) <= columns) return [text];
  const indent = displayWidth(hanging);
  const room = Math.max(columns, indent + MIN_ROOM);
  const words = splitWords(text)
    .flatMap((word) => cutWord(word, room - indent));
  const lines: string[] = [];
  let [line, width, colors, isEmpty] = ["", 0, "", true];
  words.forEach((word, index) => {
    const last = words[index - 1];
    const next = words[index + 1];
    const isContinued = next !== undefined &&
      (isCommand || word.isFlag && next.isFlag);
    const needed = width + word.gap.length + word.width +
      (isContinued ? CONTINUED.length : 0);
    if (needed > room && !isEmpty) {
      const end = isCommand || last?.isFlag && word.isFlag ? CONTINUED : "";
      lines.push(line + (colors === "" ? "" : RESET) + end);
      line = hanging + colors + word.text;
      width = indent + word.width;
    } else {
      line += word.gap + word.text;
      width += word.gap.length + word.width;
    }
    colors = colorsAfter(word.text, colors);
    isEmpty = false;
  });
  return [...lines, line];
}
