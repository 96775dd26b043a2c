/**
 * The variables of a `.env` file, with their references resolved.
 *
 * @module
 */

import { quote } from "../base/text.ts";
import {
  parseReferences,
  type Reference,
  type ValuePart,
} from "./dotenv_references.ts";
import {
  type DotenvRemark,
  type DotenvStatement,
  LITERAL_DOLLAR_REGEXP,
  readDotenvStatements,
} from "./dotenv_statements.ts";

/** The variables of a file; they are of no use if there is a fault. */
export interface DotenvVariables {
  readonly variables: ReadonlyMap<string, string>;
  readonly faults: readonly DotenvRemark[];
  readonly notices: readonly DotenvRemark[];
}

// Values that refer to each other can double with each line.
const MAX_LENGTH = 1_048_576;
// Each reference to a later line is a call within a call.
const MAX_DEPTH = 500;
const MAX_REMARKS = 100;

/** Resolves the references of one file. */
class DotenvResolver {
  readonly faults: DotenvRemark[] = [];
  readonly notices: DotenvRemark[] = [];
  readonly #statements: readonly DotenvStatement[];
  readonly #outside: (name: string) => string | undefined;
  /** The places of the statements of each name, in order. */
  readonly #places = new Map<string, number[]>();
  readonly #values = new Map<number, string>();
  /** The places whose values are being resolved, outermost first. */
  readonly #path: number[] = [];
  #left = MAX_LENGTH;

  constructor(
    statements: readonly DotenvStatement[],
    outside: (name: string) => string | undefined,
  ) {
    this.#statements = statements;
    this.#outside = outside;
    for (const [place, { name }] of statements.entries()) {
      const places = this.#places.get(name);
      if (places === undefined) this.#places.set(name, [place]);
      else places.push(place);
    }
  }

  resolve(): ReadonlyMap<string, string> {
    const variables = new Map<string, string>();
    for (const [place, { name }] of this.#statements.entries()) {
      if (this.#left < 0) break;
      variables.set(name, this.#valueOf(place));
    }
    return variables;
  }

  #fault(line: number, text: string, remedy: string): void {
    if (this.faults.length < MAX_REMARKS) {
      this.faults.push({ line, text, remedy });
    }
  }

  #valueOf(place: number): string {
    const known = this.#values.get(place);
    const statement = this.#statements[place];
    if (known !== undefined || statement === undefined) return known ?? "";
    const value = this.#resolveStatement(place, statement);
    this.#values.set(place, value);
    if (this.#left < 0) return value;
    this.#left -= value.length;
    if (this.#left < 0) {
      this.#fault(
        statement.line,
        `makes the values longer than ${MAX_LENGTH} characters`,
        "Refer to fewer variables",
      );
    }
    return value;
  }

  #resolveStatement(place: number, statement: DotenvStatement): string {
    const { line, value, isExpanded } = statement;
    if (!isExpanded) return value;
    const parts = parseReferences(value);
    if (parts === undefined || this.#path.length >= MAX_DEPTH) {
      this.#fault(
        line,
        parts === undefined
          ? "nests references too deep"
          : `refers to later lines more than ${MAX_DEPTH} deep`,
        "Nest fewer references, or set a variable before the lines that refer to it",
      );
      return "";
    }
    this.#path.push(place);
    const resolved = this.#join(parts, place, statement);
    this.#path.pop();
    return resolved;
  }

  #join(
    parts: readonly ValuePart[],
    place: number,
    statement: DotenvStatement,
  ): string {
    return parts.map((part) =>
      typeof part === "string"
        ? part.replace(LITERAL_DOLLAR_REGEXP, "$")
        : this.#follow(part, place, statement)
    ).join("");
  }

  #follow(
    { name, operator, word }: Reference,
    place: number,
    statement: DotenvStatement,
  ): string {
    const found = this.#find(name, place);
    const isSet = found !== undefined &&
      !(operator?.startsWith(":") && found === "");
    switch (operator?.at(-1)) {
      case "+":
        return isSet ? this.#join(word, place, statement) : "";
      case "-":
        return isSet ? found : this.#join(word, place, statement);
      case "?":
        if (isSet) return found;
        this.#fault(
          statement.line,
          `requires the variable ${quote(name)}, which is not set`,
          `Set ${quote(name)} in the file or in the environment`,
        );
        return "";
    }
    if (found === undefined) {
      // The name is not told: it may well be the end of a password.
      this.notices.push({
        line: statement.line,
        text: `has a $ in the value of ${
          quote(statement.name)
        } that refers to no variable`,
        remedy:
          "Put the value into single quotes if the $ belongs to it, or set the variable",
      });
    }
    return found ?? "";
  }

  /** The nearest earlier line decides, else a later one, else the environment. */
  #find(name: string, place: number): string | undefined {
    const places = this.#places.get(name) ?? [];
    const own = this.#statements[place]?.name === name;
    const at = findLastBelow(places, place);
    const target = at ?? (own ? undefined : places.at(-1));
    if (target === undefined) return this.#outside(name);
    const since = this.#path.indexOf(target);
    if (since === -1) return this.#valueOf(target);
    this.#refuseCircle(this.#path.slice(since));
    return "";
  }

  #refuseCircle(places: readonly number[]): void {
    const [first, ...others] = places.toSorted((a, b) => a - b)
      .flatMap((place) => this.#statements[place] ?? []);
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

/** The last of some ascending numbers that is smaller than another. */
function findLastBelow(
  ascending: readonly number[],
  limit: number,
): number | undefined {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return ascending[low - 1];
}

/**
 * Reads the variables of a `.env` file. A reference is looked up in the file
 * and then in `outside`, never in the process.
 *
 * @param text The text of the file, without a NUL.
 * @param outside Finds variables that the file does not set.
 * @returns The variables, with what makes them useless and what to know of them.
 */
export function readDotenvVariables(
  text: string,
  outside: (name: string) => string | undefined,
): DotenvVariables {
  const { statements, notices } = readDotenvStatements(text);
  const resolver = new DotenvResolver(statements, outside);
  const variables = resolver.resolve();
  return {
    variables,
    faults: resolver.faults,
    notices: [...notices, ...resolver.notices].toSorted((a, b) =>
      a.line - b.line
    ).slice(0, MAX_REMARKS),
  };
}
