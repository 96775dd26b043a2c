/**
 * The lines of a `.env` file, and the value of each.
 *
 * @module
 */

import { parse } from "@std/dotenv/parse";

/** One assignment of a `.env` file. */
export type DotenvStatement = Readonly<{
  /** The line that it begins on, from 1. */
  line: number;
  /** The name of the variable. */
  name: string;
  /** How the value is quoted: single, double, or not at all. */
  quote: "'" | '"' | "";
  /** The value as it is written, without its quotes. */
  raw: string;
}>;

/** A line that is not one. */
export type DotenvFault = Readonly<{
  /** The line, from 1. */
  line: number;
  /** What is wrong, without anything of what the line says. */
  fault: string;
  /** What to do about it. */
  remedy: string;
}>;

/** The statements of a file, and what is none. */
export type DotenvText = Readonly<{
  statements: readonly DotenvStatement[];
  faults: readonly DotenvFault[];
}>;

const NEWLINE_REGEXP = /\r\n?/g;
const BLANK_REGEXP = /[ \t\f\v\u00a0\ufeff]*(?:#[^\n]*)?(?:\n|$)/y;
const START_REGEXP = /[ \t\f\v]*(?:export[ \t]+)?([^\s=#]+)[ \t]*=[ \t]*/y;
const NAME_REGEXP = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SINGLE_REGEXP = /'([^']*)'/y;
const DOUBLE_REGEXP = /"([^"\\]*(?:\\[^][^"\\]*)*)"/y;
const BARE_REGEXP = /[^\n#]*/y;

function matchAt(regexp: RegExp, text: string, at: number) {
  regexp.lastIndex = at;
  return regexp.exec(text);
}

function countNewlines(text: string): number {
  let count = 0;
  for (
    let at = text.indexOf("\n");
    at !== -1;
    at = text.indexOf("\n", at + 1)
  ) {
    count++;
  }
  return count;
}

/** Reads the lines of one file. */
class DotenvReader {
  readonly statements: DotenvStatement[] = [];
  readonly faults: DotenvFault[] = [];
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): void {
    while (this.#at < this.#text.length) {
      if (!this.#skipBlank()) this.#readStatement();
    }
  }

  #advance(to: number): void {
    this.#line += countNewlines(this.#text.slice(this.#at, to));
    this.#at = to;
  }

  #skipBlank(): boolean {
    if (matchAt(BLANK_REGEXP, this.#text, this.#at) === null) return false;
    this.#advance(BLANK_REGEXP.lastIndex);
    return true;
  }

  #fail(line: number, fault: string, remedy: string): void {
    this.faults.push({ line, fault, remedy });
    const end = this.#text.indexOf("\n", this.#at);
    this.#advance(end === -1 ? this.#text.length : end + 1);
  }

  #readStatement(): void {
    const line = this.#line;
    const name = matchAt(START_REGEXP, this.#text, this.#at)?.[1];
    if (name === undefined || !NAME_REGEXP.test(name)) {
      this.#fail(
        line,
        "does not begin with the name of a variable and an equals sign",
        "Write NAME=value, a comment that begins with #, or nothing; put a value of several lines into quotes",
      );
      return;
    }
    this.#advance(START_REGEXP.lastIndex);
    const quote = this.#text[this.#at];
    if (quote === "'" || quote === '"') this.#readQuoted(line, name, quote);
    else this.#readBare(line, name);
  }

  #readBare(line: number, name: string): void {
    const [raw = ""] = matchAt(BARE_REGEXP, this.#text, this.#at) ?? [];
    this.statements.push({ line, name, quote: "", raw: raw.trim() });
    const end = this.#text.indexOf("\n", BARE_REGEXP.lastIndex);
    this.#advance(end === -1 ? this.#text.length : end + 1);
  }

  #readQuoted(line: number, name: string, quote: "'" | '"'): void {
    const regexp = quote === "'" ? SINGLE_REGEXP : DOUBLE_REGEXP;
    const raw = matchAt(regexp, this.#text, this.#at)?.[1];
    if (raw === undefined) {
      this.#fail(
        line,
        "begins a value in quotes that nothing ends",
        "End the value with the quote that it begins with, or put the value into the other kind of quotes",
      );
      return;
    }
    this.#advance(regexp.lastIndex);
    if (!this.#skipBlank()) {
      this.#fail(
        this.#line,
        "has something after the quote that ends a value",
        'Put only a comment after the value; inside of double quotes write \\" for a quote',
      );
      return;
    }
    this.statements.push({ line, name, quote, raw });
  }
}

/**
 * Reads the lines of a `.env` file, each character once.
 *
 * @param text The text of the file.
 * @returns Its assignments, and every line that is none.
 */
export function readDotenvStatements(text: string): DotenvText {
  const reader = new DotenvReader(text.replace(NEWLINE_REGEXP, "\n"));
  reader.readAll();
  return { statements: reader.statements, faults: reader.faults };
}

// What `parse` must not see, because its versions read it differently, or
// because it would look for references itself, in the real environment.
const GUARDED = ["$", "`", "'", '"', "\\", "\n", "\r", "\t", "#"] as const;
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  '"': '"',
  "'": "'",
  "\\": "\\",
};
const ESCAPE_REGEXP = /\\[^]/g;
const EDGE_NEWLINES_REGEXP = /^\n|\n$/g;
const FIRST_PRIVATE = 0xe000;
const LAST_PRIVATE = 0xf8ff;

/** Gives characters that stand for others and do not occur in a text. */
export class DotenvGuards {
  readonly #guards: ReadonlyMap<string, string>;
  readonly #originals: ReadonlyMap<string, string>;

  /**
   * Chooses characters.
   *
   * @param text The text of the file.
   * @throws {RangeError} when the text has every one there is.
   */
  constructor(text: string) {
    const guards = new Map<string, string>();
    let code = FIRST_PRIVATE;
    for (const character of GUARDED) {
      while (text.includes(String.fromCharCode(code))) code++;
      if (code > LAST_PRIVATE) throw new RangeError("No character is free");
      guards.set(character, String.fromCharCode(code++));
    }
    this.#guards = guards;
    this.#originals = new Map([...guards].map(([from, to]) => [to, from]));
  }

  #guard(text: string): string {
    return [...text].map((character) =>
      this.#guards.get(character) ?? character
    ).join("");
  }

  #restore(text: string): string {
    return [...text].map((character) =>
      this.#originals.get(character) ?? character
    ).join("");
  }

  /**
   * Reads a value. References in it are left as they are written.
   *
   * @param statement The assignment.
   * @returns The value, or `undefined` where `parse` finds none.
   */
  read({ quote, raw }: DotenvStatement): string | undefined {
    // One newline after the opening quote and before the closing one is for the eye.
    const text = quote === "" ? raw : raw.replace(EDGE_NEWLINES_REGEXP, "");
    const plain = quote === '"'
      ? text.replace(ESCAPE_REGEXP, (pair) => ESCAPES[pair.charAt(1)] ?? pair)
      : text;
    // Under a name of ours: "__proto__" may be no name to `parse`.
    const { VALUE: value } = parse(
      `VALUE=${quote}${this.#guard(plain)}${quote}`,
    );
    return value === undefined ? undefined : this.#restore(value);
  }
}
