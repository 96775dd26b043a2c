/**
 * What the values of a `.env` file refer to, and the order in which they are
 * read for it.
 *
 * @module
 */

/** A part of a value: text, or a reference with what to take where it is not set. */
export type ValuePart =
  | string
  | Readonly<{ name: string; otherwise: readonly ValuePart[] }>;

const REFERENCE_REGEXP =
  /\$\{([A-Za-z_][A-Za-z0-9_]*)(\}|:-)|(?<!\\)\$([A-Za-z_][A-Za-z0-9_]*)/g;
const BRACE_REGEXP = /\$\{|\}/g;
const MAX_NESTING = 16;

/** For each `${` the index of the brace that closes it, found in one pass. */
function matchBraces(text: string): ReadonlyMap<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const { index, 0: brace } of text.matchAll(BRACE_REGEXP)) {
    if (brace !== "}") {
      open.push(index);
      continue;
    }
    const start = open.pop();
    if (start !== undefined) closings.set(start, index);
  }
  return closings;
}

/**
 * Reads the references in a value: `$NAME`, `${NAME}` and `${NAME:-otherwise}`.
 * After a backslash `$` is an ordinary character, and so it is where no name
 * follows it.
 *
 * @param text The value, as it is written without quotes.
 * @param nesting How deep in other references it stands.
 * @returns Its parts, or `undefined` where references are nested too deep.
 */
export function readReferences(
  text: string,
  nesting: number = 0,
): readonly ValuePart[] | undefined {
  if (nesting > MAX_NESTING) return undefined;
  const parts: ValuePart[] = [];
  const closings = matchBraces(text);
  let from = 0;
  for (const found of text.matchAll(REFERENCE_REGEXP)) {
    const { index, 0: whole, 1: braced, 2: mark, 3: bare } = found;
    const name = braced ?? bare;
    if (index < from || name === undefined) continue;
    let end = index + whole.length;
    let otherwise: readonly ValuePart[] | undefined = [];
    if (mark === ":-") {
      const closing = closings.get(index);
      if (closing === undefined) continue;
      otherwise = readReferences(text.slice(end, closing), nesting + 1);
      if (otherwise === undefined) return undefined;
      end = closing + 1;
    }
    parts.push(text.slice(from, index), { name, otherwise });
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}

/**
 * The names that a value refers to, be it in what stands for another.
 *
 * @param parts The parts of the value.
 * @returns The names.
 */
export function namesIn(parts: readonly ValuePart[]): readonly string[] {
  return parts.flatMap((part) =>
    typeof part === "string" ? [] : [part.name, ...namesIn(part.otherwise)]
  );
}

/**
 * Puts values in the place of references.
 *
 * @param parts The parts of the value.
 * @param find Finds the value of a variable.
 * @returns The value; a reference to what is not set leaves nothing.
 */
export function joinParts(
  parts: readonly ValuePart[],
  find: (name: string) => string | undefined,
): string {
  return parts.map((part) =>
    typeof part === "string"
      ? part
      : find(part.name) ?? joinParts(part.otherwise, find)
  ).join("");
}

/** Variables in the order of their values, and those that have none. */
export type DotenvOrder = Readonly<{
  /** Each name after all that it refers to. */
  order: readonly string[];
  /** The circles, each from its first variable to its last. */
  circles: readonly (readonly string[])[];
}>;

type Visit = { readonly name: string; readonly next: Iterator<string> };

/**
 * Orders variables, and finds those that refer to themselves, at once or
 * through others.
 *
 * @param references The names that each variable refers to.
 * @returns The order, and the circles.
 */
export function orderVariables(
  references: ReadonlyMap<string, readonly string[]>,
): DotenvOrder {
  const order: string[] = [];
  const circles: string[][] = [];
  const done = new Set<string>();
  // A stack of our own: a file may refer further than calls may nest.
  const path: Visit[] = [];
  const onPath = new Map<string, number>();

  function enter(name: string): void {
    onPath.set(name, path.length);
    path.push({ name, next: (references.get(name) ?? []).values() });
  }

  for (const start of references.keys()) {
    if (done.has(start)) continue;
    enter(start);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { done: isLast, value: name } = visit.next.next();
      if (isLast === true) {
        path.pop();
        onPath.delete(visit.name);
        done.add(visit.name);
        order.push(visit.name);
        continue;
      }
      const since = onPath.get(name);
      if (since !== undefined) {
        circles.push(path.slice(since).map((one) => one.name));
      } else if (!done.has(name) && references.has(name)) {
        enter(name);
      }
    }
  }
  return { order, circles };
}
