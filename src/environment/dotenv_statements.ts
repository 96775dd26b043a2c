/**
 * The lines of a `.env` file.
 *
 * @module
 */

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
