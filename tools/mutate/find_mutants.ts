import { afterBracket, codeOnly } from "./code_only.ts";

/** A fault that a test should find. */
export interface Mutant {
  readonly file: string;
  /** The line, from 1. */
  readonly line: number;
  readonly kind: string;
  /**
   * The code of that line, which finds the fault again after the file changed.
   */
  readonly code: string;
  /** The part of the file that is replaced. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

interface Change {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

type Mutator = (code: string, text: string) => Iterable<Change>;

function replacing(pattern: RegExp, by: (found: string) => string): Mutator {
  return function* (code) {
    for (const { 0: found, index } of code.matchAll(pattern)) {
      const end = index + found.length;
      yield { start: index, end, replacement: by(found) };
    }
  };
}

const OPPOSITES: Readonly<Record<string, string>> = {
  "===": "!==",
  "!==": "===",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "&&": "||",
  "||": "&&",
  "+": "-",
  "-": "+",
  "true": "false",
  "false": "true",
};

function opposite(found: string): string {
  const sign = found.trim();
  return found.replace(sign, () => OPPOSITES[sign] ?? sign);
}

function* negate(code: string, text: string): Iterable<Change> {
  for (const { 0: found, index } of code.matchAll(/\b(?:if|while) \(/g)) {
    const start = index + found.length;
    const end = afterBracket(code, start - 1) - 1;
    if (end < start) continue;
    yield { start, end, replacement: `!(${text.slice(start, end)})` };
  }
}

/**
 * Replaces `??`, unless it shares an expression with `&&`, which is a syntax
 * error.
 */
function* dropFallback(code: string): Iterable<Change> {
  for (const { index } of code.matchAll(/ \?\?(?=\s)/g)) {
    const before = /[^;{}]*$/.exec(code.slice(Math.max(0, index - 400), index));
    const after = /^[^;{}]*/.exec(code.slice(index + 3, index + 400));
    if (/\?\?|&&|\|\|/.test(`${before?.[0]} ${after?.[0]}`)) continue;
    yield { start: index, end: index + 3, replacement: " &&" };
  }
}

// Only a statement that begins a line.
const CALL_REGEXP =
  /(?<=[;{}]\s*\n[ \t]*)(?:await |void )?(?!(?:if|for|while|switch|return|throw|function|catch|super|constructor|using|const|let)\b)[#\w]+(?:(?:\.|\?\.)[#\w]+|\[\w+\])*\(/g;

function* dropCall(code: string): Iterable<Change> {
  for (const { 0: found, index } of code.matchAll(CALL_REGEXP)) {
    let end = afterBracket(code, index + found.length - 1);
    // A chain goes on: `a.b(c).d(e);`
    while (end > 0 && /^\s*\??\.[#\w]+\(/.test(code.slice(end, end + 80))) {
      end = afterBracket(code, code.indexOf("(", end));
    }
    // A brace follows: this is a method.
    if (end > 0 && code.charAt(end) === ";") {
      yield { start: index, end: end + 1, replacement: ";" };
    }
  }
}

function* dropThrow(code: string): Iterable<Change> {
  for (const { index } of code.matchAll(/\bthrow (?=\S)/g)) {
    const end = code.indexOf(";\n", index);
    if (end > 0) yield { start: index, end: end + 1, replacement: ";" };
  }
}

// Replacing these with `undefined` seldom changes the result.
const RESULT_REGEXP = /\breturn (?!(?:undefined|false|null);)[^;{}\n]+;/g;

function* dropResult(code: string): Iterable<Change> {
  for (const { 0: found, index } of code.matchAll(RESULT_REGEXP)) {
    yield {
      start: index,
      end: index + found.length,
      replacement: "return;",
    };
  }
}

const FUNCTION_REGEXP =
  /\bfunction \w+(?:<[^()]*>)?\(|^ {2}(?:override |static |async )*#?\w+(?:<[^()]*>)?\((?=[^]*?\{)/gm;

function* returnEarly(code: string): Iterable<Change> {
  for (const { 0: found, index } of code.matchAll(FUNCTION_REGEXP)) {
    if (/\b(?:constructor|if|for|while|switch|catch)\(/.test(found)) continue;
    const end = afterBracket(code, index + found.length - 1);
    const body = /^[^;{}]*?\{(?=\n)/.exec(code.slice(end, end + 200));
    if (end < 0 || body === null) continue;
    const start = end + body[0].length;
    yield { start, end: start, replacement: " return;" };
  }
}

const dropElement = replacing(
  /^[ \t]+(?:"[^"\n]*"|\.\.\.[^,\n]+),$/gm,
  () => "",
);

const MUTATORS: Readonly<Record<string, Mutator>> = {
  "negate": negate,
  "and-or": replacing(/ (?:&&|\|\|)(?=\s)/g, opposite),
  "compare": replacing(/ (?:[=!]==|[<>]=?) /g, opposite),
  "arithmetic": replacing(/ [+-] /g, opposite),
  fallback: dropFallback,
  "boolean": replacing(/(?<!: )\b(?:true|false)\b(?!\s*\|)/g, opposite),
  "drop-call": dropCall,
  "drop-throw": dropThrow,
  "drop-result": dropResult,
  "return-early": returnEarly,
  "drop-element": dropElement,
};

/** Finds the faults that a file can get. */
export function findMutants(file: string, text: string): readonly Mutant[] {
  const code = codeOnly(text);
  const mutants: Mutant[] = [];
  for (const [kind, find] of Object.entries(MUTATORS)) {
    for (const change of find(code, text)) {
      const before = text.slice(0, change.start);
      const from = before.lastIndexOf("\n") + 1;
      const end = text.indexOf("\n", change.start);
      mutants.push({
        ...change,
        file,
        kind,
        line: before.split("\n").length,
        code: text.slice(from, end === -1 ? undefined : end).trim(),
      });
    }
  }
  return mutants.sort((a, b) => a.start - b.start);
}

/** Puts a fault into a file. */
export function applyMutant(text: string, mutant: Mutant): string {
  return text.slice(0, mutant.start) + mutant.replacement +
    text.slice(mutant.end);
}

/** Draws some items, the same ones for the same seed. */
export function drawSome<Item>(
  all: readonly Item[],
  count: number,
  seed: number,
): readonly Item[] {
  const items = [...all];
  let state = seed >>> 0;
  // Mulberry32: small, and random enough.
  function random(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  const drawn: Item[] = [];
  while (drawn.length < count && items.length > 0) {
    const [item] = items.splice(Math.floor(random() * items.length), 1);
    if (item !== undefined) drawn.push(item);
  }
  return drawn;
}
