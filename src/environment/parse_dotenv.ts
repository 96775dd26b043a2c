/**
 * The variables of a `.env` text. `@std/dotenv` parses each value. This module
 * adds what it lacks: other names, `\"`, references that do not reach into the
 * process, a notice for each line that is dropped or cut, and linear time.
 *
 * @module
 */

import { parse } from "@std/dotenv/parse";
import { matchEnd, quote } from "../base/text.ts";

/** A remark about a line. It names variables, and shows nothing of a value. */
export interface DotenvRemark {
  /** The line, from 1. */
  readonly line: number;
  /** The finding, after "line 1". */
  readonly text: string;
  readonly remedy: string;
}

/** The variables of a text, which are invalid if there is a fault. */
interface ParsedDotenv {
  readonly variables: ReadonlyMap<string, string>;
  readonly faults: readonly DotenvRemark[];
  readonly notices: readonly DotenvRemark[];
}

interface Statement {
  readonly line: number;
  readonly name: string;
  readonly parts: readonly Part[];
}

type Part = string | Reference;

/** `$NAME`, `${NAME}`, or `${NAME:-word}` with one of the shell's operators. */
interface Reference {
  readonly name: string;
  /** `-`, `+` or `?`, after a colon if an empty variable counts as unset. */
  readonly operator: string;
  readonly word: readonly Part[];
  /** The nearest earlier statement that sets the variable. */
  readonly earlier: Statement | undefined;
}

// Values that refer to each other can double with each line.
const MAX_LENGTH = 1_048_576;
// Each reference to a later line is a call within a call.
const MAX_DEPTH = 500;
const MAX_NESTING = 16;
const MAX_REMARKS = 100;

const BLANK_REGEXP = /[ \t\f\v\u00a0\ufeff]*(?:[#;][^\n]*)?(?:\n|$)/y;
const REST_REGEXP = /[ \t\f\v\u00a0]*(?:#[^\n]*)?(?:\n|$)/y;
const START_REGEXP =
  /[ \t\f\v]*(?:export[ \t]+)?([\p{L}\p{N}_.-]+)[ \t]*=[ \t]*/uy;
const DOUBLE_REGEXP = /"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const REFERENCE_REGEXP =
  /\\\$|\$\{([A-Za-z_][A-Za-z0-9_.]*)(?:\}|(:?[-+?]))|\$([A-Za-z_][A-Za-z0-9_]*)/g;
const BRACE_REGEXP = /\\\$|\$\{|\}/g;

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

// Characters that the library must not see: it looks up `$` in the environment
// of the process, ends a value at `\"`, and a line at the separators.
const HIDDEN = ["$", '"', "\u2028", "\u2029"];

/** Parses a value by `@std/dotenv`. The text has no NUL, which can thus mark what is hidden. */
function parseValue(written: string): string {
  const hidden = written.replace(
    written.startsWith('"') ? /\\"(?!$)|[$\u2028\u2029]/g : /[$\u2028\u2029]/g,
    (found) => `\0${HIDDEN.indexOf(found.slice(-1))}`,
  );
  // The library drops names with dots or dashes, and prints a warning.
  const { VALUE = "" } = parse(`VALUE=${hidden}`);
  return VALUE.replace(/\0(\d)/g, (_, index) => HIDDEN[Number(index)] ?? "");
}

/**
 * Finds the end of a quoted value. A backslash before a double quote escapes
 * it, except at the end of a line that closes in no other way (`"C:\dir\"`). A
 * value of several lines must be the last on its last line. Otherwise, an open
 * quote would run on to the next quote of the file.
 */
function findQuotedEnd(
  text: string,
  start: number,
): Readonly<{ end: number; isCut: boolean }> | undefined {
  const plain = text.indexOf(text.charAt(start), start + 1) + 1 || undefined;
  const escaped = text[start] === '"'
    ? matchEnd(DOUBLE_REGEXP, text, start)
    : plain;
  const lineEnd = endOfLine(text, start);
  const onLine = [escaped, plain].filter((end = Infinity) => end <= lineEnd);
  for (const end of [...onLine, escaped]) {
    if (end !== undefined && matchEnd(REST_REGEXP, text, end) !== undefined) {
      return { end, isCut: false };
    }
  }
  const [end] = onLine;
  return end === undefined ? undefined : { end, isCut: true };
}

/** Finds the brace that closes each `${`, in one pass. */
function matchBraces(text: string): ReadonlyMap<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const { index, 0: found } of text.matchAll(BRACE_REGEXP)) {
    if (found === "${") open.push(index);
    const start = found === "}" ? open.pop() : undefined;
    if (start !== undefined) closings.set(start, index);
  }
  return closings;
}

/**
 * Finds the references in a value. A `$` without a name after it, and a brace
 * that nothing closes, are ordinary text.
 */
function parseReferences(
  text: string,
  latest: ReadonlyMap<string, Statement>,
  nesting: number = 0,
): readonly Part[] | undefined {
  if (nesting > MAX_NESTING) return undefined;
  const parts: Part[] = [];
  const closings = matchBraces(text);
  let from = 0;
  for (const found of text.matchAll(REFERENCE_REGEXP)) {
    const { index, 0: whole, 1: braced, 2: operator = "", 3: bare } = found;
    if (index < from) continue;
    const name = braced ?? bare;
    let end = index + whole.length;
    let word: readonly Part[] | undefined = [];
    if (operator !== "") {
      const closing = closings.get(index);
      if (closing === undefined) continue;
      word = parseReferences(text.slice(end, closing), latest, nesting + 1);
      if (word === undefined) return undefined;
      end = closing + 1;
    }
    parts.push(
      text.slice(from, index),
      // An escaped dollar.
      name === undefined ? "$" : {
        name,
        operator,
        word,
        earlier: latest.get(name),
      },
    );
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Reads the statements of a text, then resolves their references. Linear in the length of the text. */
class DotenvParser implements ParsedDotenv {
  readonly variables = new Map<string, string>();
  readonly faults: DotenvRemark[] = [];
  readonly notices: DotenvRemark[] = [];
  readonly #outside: (name: string) => string | undefined;
  readonly #statements: Statement[] = [];
  /** The last statement of each name. */
  readonly #latest = new Map<string, Statement>();
  readonly #values = new Map<Statement, string>();
  /** The statements that are being resolved, outermost first. */
  readonly #path: Statement[] = [];
  #left = MAX_LENGTH;

  constructor(text: string, outside: (name: string) => string | undefined) {
    this.#outside = outside;
    let line = 1;
    let next: number;
    for (let at = 0; at < text.length; at = next) {
      const isBlank = matchEnd(BLANK_REGEXP, text, at) !== undefined;
      const end = isBlank ? at : this.#read(text, at, line);
      next = endOfLine(text, end) + 1;
      for (let to = at; to < next; line++) to = endOfLine(text, to) + 1;
    }
    for (const statement of this.#statements) {
      if (this.#left < 0) break;
      this.variables.set(statement.name, this.#valueOf(statement));
    }
    this.notices.sort((a, b) => a.line - b.line).splice(MAX_REMARKS);
    this.faults.splice(MAX_REMARKS);
  }

  #fault(line: number, text: string, remedy: string): void {
    this.faults.push({ line, text, remedy });
  }

  #notice(line: number, text: string, remedy: string): void {
    this.notices.push({ line, text, remedy });
  }

  /** Returns the end of the statement that begins there. */
  #read(text: string, at: number, line: number): number {
    START_REGEXP.lastIndex = at;
    const name = START_REGEXP.exec(text)?.[1];
    if (name === undefined) {
      this.#notice(
        line,
        "is not an assignment and sets nothing",
        "Write NAME=value, a comment that begins with #, or nothing; put a value of several lines into quotes",
      );
      return at;
    }
    const start = START_REGEXP.lastIndex;
    const mark = text.charAt(start);
    const isQuoted = mark === '"' || mark === "'";
    const quoted = isQuoted ? findQuotedEnd(text, start) : undefined;
    const end = quoted?.end ?? endOfLine(text, start);
    let written = text.slice(start, end);
    if (quoted?.isCut) {
      this.#notice(
        line,
        `drops the text after the quote that ends the value of ${quote(name)}`,
        'Put only a comment after the value; inside double quotes write \\" for a quote',
      );
    }
    if (quoted === undefined && isQuoted) {
      this.#notice(
        line,
        `has no quote that ends the value of ${quote(name)}`,
        "End the value with the quote that it begins with, or put it into the other kind of quotes",
      );
    }
    const hash = quoted === undefined ? written.indexOf("#") : -1;
    if (hash !== -1) {
      if (!/\s/.test(text.charAt(start + hash - 1))) {
        this.#notice(
          line,
          `cuts the value of ${quote(name)} at #`,
          "Put the value into single quotes if the # belongs to it, or write a space before the # of a comment",
        );
      }
      // The comment goes first: a quote in it is no part of the value.
      written = written.slice(0, hash);
    }
    const value = parseValue(written);
    let parts: readonly Part[] | undefined = [value];
    if (quoted === undefined || mark === '"') {
      parts = parseReferences(value, this.#latest);
    }
    if (parts === undefined) {
      this.#fault(line, "nests references too deep", "Nest fewer references");
    }
    const statement = { line, name, parts: parts ?? [] };
    this.#statements.push(statement);
    this.#latest.set(name, statement);
    return end;
  }

  #valueOf(statement: Statement): string {
    const known = this.#values.get(statement);
    if (known !== undefined) return known;
    const { line, parts } = statement;
    if (this.#path.length >= MAX_DEPTH) {
      this.#fault(
        line,
        `refers to later lines more than ${MAX_DEPTH} deep`,
        "Set a variable before the lines that refer to it",
      );
      return "";
    }
    this.#path.push(statement);
    const value = this.#join(parts, statement);
    this.#path.pop();
    this.#values.set(statement, value);
    const isFirst = this.#left >= 0;
    this.#left -= value.length;
    if (isFirst && this.#left < 0) {
      this.#fault(
        line,
        `makes the values longer than ${MAX_LENGTH} characters`,
        "Refer to fewer variables",
      );
    }
    return value;
  }

  #join(parts: readonly Part[], statement: Statement): string {
    return parts.map((part) =>
      typeof part === "string" ? part : this.#follow(part, statement)
    ).join("");
  }

  #follow(reference: Reference, statement: Statement): string {
    const { name, operator, word } = reference;
    const { line } = statement;
    const found = this.#find(reference, statement);
    const isSet = found !== undefined &&
      !(operator.startsWith(":") && found === "");
    if (operator.endsWith("+")) return isSet ? this.#join(word, statement) : "";
    if (isSet) return found;
    if (operator.endsWith("-")) return this.#join(word, statement);
    if (operator.endsWith("?")) {
      this.#fault(
        line,
        `requires the variable ${quote(name)}, which is not set`,
        `Set ${quote(name)} in the file or in the environment`,
      );
      return "";
    }
    // The name is not shown: it may well be the end of a password.
    const own = quote(statement.name);
    this.#notice(
      line,
      `has a $ in the value of ${own} that refers to no variable`,
      "Put the value into single quotes if the $ belongs to it, or set the variable",
    );
    return "";
  }

  /** Looks in the nearest earlier line, then in later ones, then outside. */
  #find(
    { name, earlier }: Reference,
    statement: Statement,
  ): string | undefined {
    const target = earlier ??
      (name === statement.name ? undefined : this.#latest.get(name));
    if (target === undefined) return this.#outside(name);
    const since = this.#path.indexOf(target);
    if (since === -1) return this.#valueOf(target);
    this.#refuseCycle(this.#path.slice(since));
    return "";
  }

  #refuseCycle(statements: readonly Statement[]): void {
    const [first, ...others] = statements.toSorted((a, b) => a.line - b.line);
    if (first === undefined) return;
    const through = others.slice(0, 5).map(({ name, line }) =>
      `${quote(name)} on line ${line}`
    );
    if (others.length > 5) through.push("…");
    this.#fault(
      first.line,
      `makes ${quote(first.name)} refer to itself through ${
        through.join(", ")
      }`,
      "Remove the reference, or put the value into single quotes if the $ belongs to it",
    );
  }
}

/**
 * Parses the text of a `.env` file, which must have no NUL. Variables that it
 * does not set are looked up in `outside`, never in the process.
 */
export function parseDotenv(
  text: string,
  outside: (name: string) => string | undefined,
): ParsedDotenv {
  return new DotenvParser(text.replace(/\r\n?/g, "\n"), outside);
}
