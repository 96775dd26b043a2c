/**
 * A search for many texts in another one, in one pass.
 *
 * @module
 */

import { Comparison } from "./comparison.ts";
import type { Span } from "./redaction.ts";

/** A text to search for. */
export interface Needle {
  readonly text: string;
  /** The alphabet of an encoding: what it was found in is one piece with it. */
  readonly alphabet?: RegExp | undefined;
}

/** No shorter text is searched for. */
export const SHORTEST_NEEDLE = 4;

// So many characters are compared anew at each place.
const SHORT = 64;

const HASHES = 1 << 16;
const NONE: readonly Span[] = [];

// Where a text was cut, by us or by others: after a part of an escape, before
// the quotation mark that follows.
const CUT_REGEXP =
  /(?:(?:%[\da-f]{0,2}){1,4}|\\(?:u[\da-f]{0,3}|x[\da-f]?)?|&[#\w]{0,8})?(?=["'`]?\s?(?:…|\.\.\.))/iy;
const HAS_CUT_REGEXP = /…|\.\.\./;

/** Four characters at a time: the fifth pushes the first one out. */
function follow(hash: number, code: number): number {
  return ((hash << 4) ^ code) & (HASHES - 1);
}

function beginningOf(needle: string): number {
  let hash = 0;
  for (let at = 0; at < SHORTEST_NEEDLE; at++) {
    hash = follow(hash, needle.charCodeAt(at));
  }
  return hash;
}

function sameFrom(text: string, from: number, needle: string): number {
  const most = Math.min(needle.length, text.length - from, SHORT);
  let length = 0;
  while (
    length < most &&
    text.charCodeAt(from + length) === needle.charCodeAt(length)
  ) length++;
  return length;
}

/** Compares one text with long needles. */
class Comparisons {
  readonly #text: string;
  #made: Map<Needle, Comparison> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns how many characters are the same as in a needle, from a place on. */
  lengthAt(place: number, needle: Needle): number {
    const length = sameFrom(this.#text, place, needle.text);
    if (length < SHORT || needle.text.length === SHORT) return length;
    this.#made ??= new Map();
    let comparison = this.#made.get(needle);
    if (comparison === undefined) {
      comparison = new Comparison(this.#text, needle.text);
      this.#made.set(needle, comparison);
    }
    return comparison.lengthAt(place);
  }
}

/** The longest needle that begins at a place. */
type Match = Readonly<{ end: number; alphabet: RegExp | undefined }>;

/** Searches texts for needles that are added as they become known. */
export class TextSearch {
  readonly #filter = new Uint32Array(HASHES / 32);
  readonly #needles = new Map<number, Needle[]>();

  /** Adds a needle of at least {@linkcode SHORTEST_NEEDLE} characters. */
  add(needle: Needle): void {
    const hash = beginningOf(needle.text);
    const word = this.#filter[hash >>> 5] ?? 0;
    this.#filter[hash >>> 5] = word | (1 << (hash & 31));
    const same = this.#needles.get(hash);
    if (same === undefined) this.#needles.set(hash, [needle]);
    else same.push(needle);
  }

  /**
   * Finds every needle in a text, and the beginning of one where the text was
   * cut.
   *
   * @param text The text.
   * @returns What was found, in order; one may overlap the next.
   */
  find(text: string): readonly Span[] {
    const filter = this.#filter;
    let spans: Span[] | undefined;
    let isCut: boolean | undefined;
    const comparisons = new Comparisons(text);
    let widened = 0;
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      hash = follow(hash, text.charCodeAt(at));
      if (((filter[hash >>> 5] ?? 0) & (1 << (hash & 31))) === 0) continue;
      if (at < SHORTEST_NEEDLE - 1) continue;
      isCut ??= HAS_CUT_REGEXP.test(text);
      const start = at - SHORTEST_NEEDLE + 1;
      const match = this.#match(comparisons, text, start, hash, isCut);
      if (match === undefined) continue;
      const { alphabet, end } = match;
      // What is within a piece that was found already is found with it.
      const isWidened = alphabet !== undefined && start >= widened;
      const span = isWidened
        ? widen(text, start, end, alphabet)
        : { start, end };
      if (isWidened) widened = span.end;
      (spans ??= []).push(span);
    }
    return spans ?? NONE;
  }

  #match(
    comparisons: Comparisons,
    text: string,
    start: number,
    hash: number,
    isCut: boolean,
  ): Match | undefined {
    let alphabet: RegExp | undefined;
    let end = start;
    for (const needle of this.#needles.get(hash) ?? []) {
      const length = comparisons.lengthAt(start, needle);
      const reached = length === needle.text.length
        ? start + length
        : isCut && length >= SHORTEST_NEEDLE
        ? cutAfter(text, start + length)
        : undefined;
      if (reached === undefined || reached <= end) continue;
      end = reached;
      alphabet = needle.alphabet;
    }
    return end === start ? undefined : { end, alphabet };
  }
}

function cutAfter(text: string, place: number): number | undefined {
  CUT_REGEXP.lastIndex = place;
  return CUT_REGEXP.test(text) ? CUT_REGEXP.lastIndex : undefined;
}

function widen(
  text: string,
  start: number,
  end: number,
  alphabet: RegExp,
): Span {
  while (start > 0 && alphabet.test(text.charAt(start - 1))) start--;
  while (end < text.length && alphabet.test(text.charAt(end))) end++;
  return { start, end };
}
