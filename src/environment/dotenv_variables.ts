/**
 * The variables of a `.env` file.
 *
 * @module
 */

import { quote } from "../text.ts";
import {
  joinParts,
  namesIn,
  orderVariables,
  readReferences,
  type ValuePart,
} from "./dotenv_references.ts";
import {
  type DotenvFault,
  DotenvGuards,
  readDotenvStatements,
} from "./dotenv_statements.ts";

/** The variables, and every fault; where there is a fault, no variables are of use. */
export type DotenvVariables = Readonly<{
  variables: ReadonlyMap<string, string>;
  faults: readonly DotenvFault[];
}>;

/** One variable before its references are resolved. */
type Entry = Readonly<{ line: number; parts: readonly ValuePart[] }>;

// Values that refer to each other can double with each line.
const MAX_LENGTH = 1_048_576;
const MAX_CIRCLES = 20;

const UNREADABLE = {
  fault: "has a value that cannot be read",
  remedy: "Put the value into single quotes, or nest fewer references in it",
};

function describeCircle(
  circle: readonly string[],
  entries: ReadonlyMap<string, Entry>,
): DotenvFault {
  const names = circle.map((name) => ({
    name,
    line: entries.get(name)?.line ?? 0,
  }));
  const [first, ...others] = names.toSorted((a, b) => a.line - b.line);
  const through = others.slice(0, 5).map(({ name, line }) =>
    `${quote(name)} on line ${line}`
  );
  const more = others.length > 5 ? ", …" : "";
  return {
    line: first?.line ?? 0,
    fault: others.length === 0
      ? `makes ${quote(first?.name ?? "")} refer to itself`
      : `makes ${quote(first?.name ?? "")} refer to itself through ${
        through.join(", ")
      }${more}`,
    remedy:
      "Remove the reference, or put the value into single quotes where $ is meant as it is",
  };
}

function readEntries(
  text: string,
): Readonly<{ entries: ReadonlyMap<string, Entry>; faults: DotenvFault[] }> {
  const { statements, faults } = readDotenvStatements(text);
  const entries = new Map<string, Entry>();
  const guards = new DotenvGuards(text);
  const found = [...faults];
  for (const statement of statements) {
    const { line, name, quote } = statement;
    const value = guards.read(statement);
    const parts = value === undefined
      ? undefined
      : quote === ""
      ? readReferences(value)
      : [value];
    if (parts !== undefined) entries.set(name, { line, parts });
    else found.push({ line, ...UNREADABLE });
  }
  return { entries, faults: found };
}

/**
 * Reads the variables of a `.env` file: `@std/dotenv` reads the values; what
 * they refer to is looked up in the file itself and then in `outside`, never
 * in the process.
 *
 * @param text The text of the file.
 * @param outside Finds variables that the file does not set.
 * @returns The variables, or what is wrong.
 * @throws {RangeError} when the text has every private character there is.
 */
export function readDotenvVariables(
  text: string,
  outside: (name: string) => string | undefined = () => undefined,
): DotenvVariables {
  const { entries, faults } = readEntries(text);
  const { order, circles } = orderVariables(
    new Map([...entries].map(([name, { parts }]) => [name, namesIn(parts)])),
  );
  const variables = new Map<string, string>();
  if (circles.length > 0) {
    const found = circles.slice(0, MAX_CIRCLES).map((circle) =>
      describeCircle(circle, entries)
    );
    return { variables, faults: [...faults, ...found] };
  }
  let left = MAX_LENGTH;
  for (const name of order) {
    const entry = entries.get(name);
    if (entry === undefined) continue;
    const value = joinParts(
      entry.parts,
      (other) => variables.get(other) ?? outside(other),
    );
    left -= value.length;
    if (left < 0) {
      faults.push({
        line: entry.line,
        fault: `makes the values longer than ${MAX_LENGTH} characters`,
        remedy: "Refer to fewer variables",
      });
      break;
    }
    variables.set(name, value);
  }
  return { variables, faults };
}
