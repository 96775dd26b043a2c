/** Searches a text for many others in one pass. */

import type { Span } from "./redaction.ts";

/**
 * Creates a function that returns how far a text matches another one, from
 * increasing places. All places together take linear time (the Z algorithm), even
 * if the text repeats itself.
 */
function createComparison(text: string, other: string) {
  // The length of the match of the other text with itself, from each place.
  const own = new Uint32Array(Math.min(text.length, other.length));
  own[0] = own.length;

  function compareIn(within: string): (place: number) => number {
    let left = 0;
    let right = 0;
    return (place) => {
      const known = place < right ? own[place - left] ?? 0 : 0;
      if (place + known < right) return known;
      left = place;
      right = Math.max(place, right);
      while (
        right < within.length && right - place < other.length &&
        within.charCodeAt(right) === other.charCodeAt(right - place)
      ) right++;
      return right - place;
    };
  }

  const compareOwn = compareIn(other);
  for (let place = 1; place < own.length; place++) {
    own[place] = compareOwn(place);
  }
  return compareIn(text);
}

/** A text to search for. */
export interface Needle {
  readonly text: string;
  /** The alphabet of its encoding: a match is extended by adjacent characters. */
  readonly alphabet?: RegExp | undefined;
}

/** Shorter texts are not searched for. */
export const SHORTEST_NEEDLE = 4;

// Up to this length, a direct comparison is cheaper.
const SHORT = 64;

const HASHES = 1 << 16;
const NONE: readonly Span[] = [];

// The place where a text was cut: after a part of an escape, before a quotation
// mark.
const CUT_REGEXP =
  /(?:(?:%[\da-f]{0,2}){1,4}|\\(?:u[\da-f]{0,3}|x[\da-f]?)?|&[#\w]{0,8})?(?=["'`]?\s?(?:…|\.\.\.))/iy;
const HAS_CUT_REGEXP = /…|\.\.\./;

/** Hashes the last four characters. */
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

/** Creates a function that returns how far a text matches a needle from a place. */
function createComparisons(text: string) {
  const made = new Map<Needle, (place: number) => number>();
  return (place: number, needle: Needle): number => {
    const most = Math.min(needle.text.length, text.length - place, SHORT);
    let length = 0;
    while (
      length < most &&
      text.charCodeAt(place + length) === needle.text.charCodeAt(length)
    ) length++;
    if (length < SHORT || needle.text.length === SHORT) return length;
    let compare = made.get(needle);
    if (compare === undefined) {
      compare = createComparison(text, needle.text);
      made.set(needle, compare);
    }
    return compare(place);
  };
}

type LengthAt = ReturnType<typeof createComparisons>;

/** The longest needle that begins at a place. */
type Match = Readonly<{ end: number; alphabet: RegExp | undefined }>;

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

  /** Finds every needle, and the beginning of one where the text was cut. */
  find(text: string): readonly Span[] {
    const filter = this.#filter;
    let spans: Span[] | undefined;
    let isCut: boolean | undefined;
    let lengthAt: LengthAt | undefined;
    let widened = 0;
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      hash = follow(hash, text.charCodeAt(at));
      if (((filter[hash >>> 5] ?? 0) & (1 << (hash & 31))) === 0) continue;
      if (at < SHORTEST_NEEDLE - 1) continue;
      isCut ??= HAS_CUT_REGEXP.test(text);
      const start = at - SHORTEST_NEEDLE + 1;
      lengthAt ??= createComparisons(text);
      const match = this.#match(lengthAt, text, start, hash, isCut);
      if (match === undefined) continue;
      const { alphabet, end } = match;
      // A match within an extended one is part of it.
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
    lengthAt: LengthAt,
    text: string,
    start: number,
    hash: number,
    isCut: boolean,
  ): Match | undefined {
    let alphabet: RegExp | undefined;
    let end = start;
    for (const needle of this.#needles.get(hash) ?? []) {
      const length = lengthAt(start, needle);
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
