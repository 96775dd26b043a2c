/**
 * References in the values of a `.env` file, in the forms of the shell:
 * `$NAME`, `${NAME}`, and `${NAME:-otherwise}` with the other operators.
 *
 * @module
 */

/** `-` takes the word if the variable is unset, `+` if it is set, `?` fails if it is unset; `:` counts an empty one as unset. */
export type ReferenceOperator = "-" | ":-" | "+" | ":+" | "?" | ":?";

/** A reference to a variable. */
export interface Reference {
  readonly name: string;
  readonly operator: ReferenceOperator | undefined;
  /** The text after the operator. */
  readonly word: readonly ValuePart[];
}

/** A part of a value: text, or a reference. */
export type ValuePart = string | Reference;

const REFERENCE_REGEXP =
  /\$\{([A-Za-z_][A-Za-z0-9_.]*)(?:\}|(:?[-+?]))|\$([A-Za-z_][A-Za-z0-9_]*)/g;
const BRACE_REGEXP = /\$\{|\}/g;
const MAX_NESTING = 16;

function isOperator(text: string): text is ReferenceOperator {
  return /^:?[-+?]$/.test(text);
}

/** Finds the brace that closes each `${`, in one pass. */
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
 * Finds the references in a value. A `$` without a name after it, and a brace
 * that nothing closes, are ordinary text.
 *
 * @param text The value.
 * @param nesting The number of references around it.
 * @returns Its parts, or `undefined` if references are nested too deep.
 */
export function parseReferences(
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
    let operator: ReferenceOperator | undefined;
    let word: readonly ValuePart[] | undefined = [];
    if (mark !== undefined && isOperator(mark)) {
      const closing = closings.get(index);
      if (closing === undefined) continue;
      operator = mark;
      word = parseReferences(text.slice(end, closing), nesting + 1);
      if (word === undefined) return undefined;
      end = closing + 1;
    }
    if (index > from) parts.push(text.slice(from, index));
    parts.push({ name, operator, word });
    from = end;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}
