/**
 * The assignments of a `.env` file. `@std/dotenv` parses each value; this file
 * adds what it lacks: line numbers, and a notice for each line that it drops
 * or cuts in silence.
 *
 * @module
 */

import { parse } from "@std/dotenv/parse";
import { quote } from "../base/text.ts";

/** One assignment of a `.env` file. */
export interface DotenvStatement {
  /** The line that it begins on, from 1. */
  readonly line: number;
  readonly name: string;
  /** The parsed value, in which {@linkcode LITERAL_DOLLAR} marks a `$` that refers to nothing. */
  readonly value: string;
  /** Whether a `$` in the value may refer to a variable. */
  readonly isExpanded: boolean;
}

/** A remark about a line. It holds names of variables, and nothing of a value. */
export interface DotenvRemark {
  /** The line, from 1. */
  readonly line: number;
  /** The finding, after "line 1". */
  readonly text: string;
  readonly remedy: string;
}

/** The assignments of a file, and the remarks about its lines. */
export interface DotenvText {
  readonly statements: readonly DotenvStatement[];
  readonly notices: readonly DotenvRemark[];
}

// The text holds no NUL, so these marks cannot occur in it.
const DOLLAR = "\0d";
const ESCAPED_QUOTE = "\0q";
/** Marks a `$` that was written with a backslash before it. */
export const LITERAL_DOLLAR = "\0l";
/** Matches every {@linkcode LITERAL_DOLLAR}. */
export const LITERAL_DOLLAR_REGEXP = /\0l/g;

const HIDDEN_REGEXP = /\\"|\\?\$/g;
const HIDDEN_DOLLAR_REGEXP = /\0d/g;
const HIDDEN_QUOTE_REGEXP = /\0q/g;
const NEWLINE_REGEXP = /\r\n?/g;
const BLANK_REGEXP = /[ \t\f\v\u00a0\ufeff]*(?:[#;][^\n]*)?(?:\n|$)/y;
const REST_REGEXP = /[ \t\f\v\u00a0]*(?:#[^\n]*)?(?:\n|$)/y;
const START_REGEXP =
  /[ \t\f\v]*(?:export[ \t]+)?([\p{L}\p{N}_.-]+)[ \t]*=[ \t]*/uy;
const DOUBLE_REGEXP = /"[^"\\]*(?:\\[^][^"\\]*)*"/y;

function matchAt(regexp: RegExp, text: string, at: number) {
  regexp.lastIndex = at;
  return regexp.exec(text);
}

/** How a value is written: in quotes of one kind, or bare. */
type Mark = "'" | '"' | "";

/**
 * Parses one value by `@std/dotenv`. It does not see `$`, which it would look
 * up in the environment of the process, nor `\"`, at which it would stop.
 */
function parseValue(written: string, mark: Mark): string | undefined {
  const hidden = mark === "'" ? written : written.replace(
    HIDDEN_REGEXP,
    (found) =>
      found === "$"
        ? DOLLAR
        : found === "\\$"
        ? LITERAL_DOLLAR
        : mark === '"'
        ? ESCAPED_QUOTE
        : found,
  );
  // Under a name of ours: the library ignores names with dots and dashes.
  const { VALUE: value } = parse(`VALUE=${mark}${hidden}${mark}`);
  return value?.replace(HIDDEN_DOLLAR_REGEXP, "$")
    .replace(HIDDEN_QUOTE_REGEXP, '"');
}

/** The end of a quoted value, and whether the rest of its last line is dropped. */
type QuotedEnd = Readonly<{ end: number; isCut: boolean }>;

function isClean(text: string, end: number): boolean {
  return matchAt(REST_REGEXP, text, end) !== null;
}

/**
 * Finds the end of a quoted value. A backslash before a double quote escapes
 * it, except at the end of a line that closes in no other way (`"C:\dir\"`). A
 * value of several lines must be the last on its last line, or else a quote
 * that nothing closes would run on to the next quote of the file.
 */
function findQuotedEnd(text: string, start: number): QuotedEnd | undefined {
  const newline = text.indexOf("\n", start);
  const lineEnd = newline === -1 ? text.length : newline;
  const plain = text.indexOf(text.charAt(start), start + 1) + 1;
  const escaped = text[start] === '"'
    ? matchAt(DOUBLE_REGEXP, text, start) === null ? 0 : DOUBLE_REGEXP.lastIndex
    : plain;
  const onLine = [escaped, plain].filter((end) => end > 0 && end <= lineEnd);
  const clean = onLine.find((end) => isClean(text, end));
  if (clean !== undefined) return { end: clean, isCut: false };
  if (escaped > lineEnd && isClean(text, escaped)) {
    return { end: escaped, isCut: false };
  }
  const [first] = onLine;
  return first === undefined ? undefined : { end: first, isCut: true };
}

const QUOTE_THE_VALUE =
  "Put the value into single quotes if the # belongs to it, or write a space before the # of a comment";

/** Reads the assignments of one file. */
class DotenvReader {
  readonly statements: DotenvStatement[] = [];
  readonly notices: DotenvRemark[] = [];
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): void {
    while (this.#at < this.#text.length) {
      if (matchAt(BLANK_REGEXP, this.#text, this.#at) !== null) {
        this.#advance(BLANK_REGEXP.lastIndex);
      } else this.#readStatement();
    }
  }

  #advance(to: number): void {
    let at = this.#text.indexOf("\n", this.#at);
    for (; at !== -1 && at < to; at = this.#text.indexOf("\n", at + 1)) {
      this.#line++;
    }
    this.#at = to;
  }

  #advanceToNextLine(from: number): void {
    const end = this.#text.indexOf("\n", from);
    this.#advance(end === -1 ? this.#text.length : end + 1);
  }

  #remark(text: string, remedy: string): void {
    this.notices.push({ line: this.#line, text, remedy });
  }

  #readStatement(): void {
    const text = this.#text;
    const name = matchAt(START_REGEXP, text, this.#at)?.[1];
    if (name === undefined) {
      this.#remark(
        "is no assignment and sets nothing",
        "Write NAME=value, a comment that begins with #, or nothing; put a value of several lines into quotes",
      );
      this.#advanceToNextLine(this.#at);
      return;
    }
    const start = START_REGEXP.lastIndex;
    const mark = text[start];
    if (mark === '"' || mark === "'") this.#readQuoted(name, start, mark);
    else this.#readBare(name, start);
  }

  #readQuoted(name: string, start: number, mark: "'" | '"'): void {
    const found = findQuotedEnd(this.#text, start);
    if (found === undefined) {
      this.#remark(
        `has no quote that ends the value of ${quote(name)}`,
        "End the value with the quote that it begins with, or put it into the other kind of quotes",
      );
      this.#readBare(name, start);
      return;
    }
    const { end, isCut } = found;
    if (isCut) {
      this.#remark(
        `drops what follows the quote that ends the value of ${quote(name)}`,
        'Put only a comment after the value; inside double quotes write \\" for a quote',
      );
    }
    this.#add(name, this.#text.slice(start + 1, end - 1), mark);
    this.#advanceToNextLine(end);
  }

  #readBare(name: string, start: number): void {
    const newline = this.#text.indexOf("\n", start);
    const end = newline === -1 ? this.#text.length : newline;
    const written = this.#text.slice(start, end);
    const hash = written.indexOf("#");
    if (hash !== -1 && !/\s/.test(this.#text.charAt(start + hash - 1))) {
      this.#remark(
        `cuts the value of ${quote(name)} at #`,
        QUOTE_THE_VALUE,
      );
    }
    // The comment goes first: a quote in it is no part of the value.
    this.#add(name, hash === -1 ? written : written.slice(0, hash), "");
    this.#advanceToNextLine(start);
  }

  #add(name: string, written: string, mark: Mark): void {
    const value = parseValue(written, mark);
    if (value === undefined) return;
    const isExpanded = mark !== "'";
    this.statements.push({ line: this.#line, name, value, isExpanded });
  }
}

/**
 * Reads the assignments of a `.env` file in time linear in its length.
 *
 * @param text The text of the file, without a NUL.
 * @returns Its assignments, and a notice for each line that sets nothing or
 * whose value is cut.
 */
export function readDotenvStatements(text: string): DotenvText {
  const reader = new DotenvReader(text.replace(NEWLINE_REGEXP, "\n"));
  reader.readAll();
  return reader;
}
