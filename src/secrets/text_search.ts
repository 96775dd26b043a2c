/** Finds texts, in every form in which they may appear. */

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

/** A part of a view that replaces a part of its original. */
interface Edit {
  readonly at: number;
  readonly length: number;
  /** Its place in the original. */
  readonly from: number;
  /** Its length in the original. */
  readonly was: number;
}

/** A text without some escapes, and the way back to its original. */
class TextView {
  readonly text: string;
  readonly #parent: TextView | undefined;
  readonly #edits: readonly Edit[];

  constructor(text: string, parent?: TextView, edits: readonly Edit[] = []) {
    this.text = text;
    this.#parent = parent;
    this.#edits = edits;
  }

  /** Returns the part of the original text behind a part of this view. */
  origin({ start, end }: Span): Span {
    if (this.#parent === undefined) return { start, end };
    const first = this.#lastEdit(start + 1);
    const last = this.#lastEdit(end);
    return this.#parent.origin({
      start: first === undefined
        ? start
        : start < first.at + first.length
        ? first.from
        : first.from + first.was + start - first.at - first.length,
      end: last === undefined
        ? end
        : last.from + last.was + Math.max(0, end - last.at - last.length),
    });
  }

  /** Finds the last edit before a place. */
  #lastEdit(place: number): Edit | undefined {
    let low = 0;
    let high = this.#edits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#edits[middle]?.at ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return this.#edits[low - 1];
  }
}

interface Escape {
  /** Matches every text with such an escape. */
  readonly hint: RegExp;
  readonly pattern: RegExp;
  readonly decode: (match: string) => string;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  quot: '"',
};

function decodePercent(match: string): string {
  try {
    return decodeURIComponent(match);
  } catch {
    return match;
  }
}

function decodePoint(digits: string, radix: number): string | undefined {
  const point = Number.parseInt(digits, radix);
  return point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}

function decodeBackslash(match: string): string {
  const digits = /^\\[ux]\{?([\da-f]{2,6})\}?$/i.exec(match)?.[1];
  const kind = match.slice(1);
  return (digits === undefined ? undefined : decodePoint(digits, 16)) ??
    SHORT_ESCAPES[kind] ?? kind;
}

function decodeEntity(match: string): string {
  const name = match.slice(1, -1);
  const decoded = name.startsWith("#x") || name.startsWith("#X")
    ? decodePoint(name.slice(2), 16)
    : name.startsWith("#")
    ? decodePoint(name.slice(1), 10)
    : ENTITIES[name];
  return decoded ?? match;
}

// One UTF-8 character at a time, so that each keeps its place.
const PERCENT = "%[0-7][\\da-f]|%[cd][\\da-f]%[89ab][\\da-f]|" +
  "%e[\\da-f](?:%[89ab][\\da-f]){2}|%f[0-7](?:%[89ab][\\da-f]){3}";

const ESCAPES: readonly Escape[] = [
  {
    hint: /%/,
    pattern: new RegExp(PERCENT, "gi"),
    decode: decodePercent,
  },
  {
    hint: /\+/,
    pattern: new RegExp(`\\+|${PERCENT}`, "gi"),
    decode: (match) => match === "+" ? " " : decodePercent(match),
  },
  {
    hint: /\\/,
    pattern: /\\(?:u\{[\da-f]{1,6}\}|u[\da-f]{4}|x[\da-f]{2}|[^ux])/gi,
    decode: decodeBackslash,
  },
  {
    hint: /&/,
    pattern: /&(?:#\d{1,7}|#x[\da-f]{1,6}|amp|apos|gt|lt|quot);/gi,
    decode: decodeEntity,
  },
  {
    // A message of several lines, shown on one.
    hint: /⏎/,
    pattern: / ⏎ /g,
    decode: () => "\n",
  },
  {
    // A text that was broken into lines, such as base64, or as Deno prints one: in
    // quotes, joined by a plus.
    hint: /[\r\n]/,
    pattern: /["'`] \+[\r\n]\s*["'`]|[\r\n]\s*/g,
    decode: () => "",
  },
];

const ANY_HINT_REGEXP = /[%+\\&\r\n⏎]/;
const MAX_DEPTH = 3;
const MAX_VIEWS = 16;

function undo(view: TextView, escape: Escape): TextView | undefined {
  if (!escape.hint.test(view.text)) return undefined;
  const edits: Edit[] = [];
  let shift = 0;
  const text = view.text.replace(escape.pattern, (match, from: number) => {
    const decoded = escape.decode(match);
    if (decoded === match) return match;
    const { length } = decoded;
    edits.push({ at: from - shift, length, from, was: match.length });
    shift += match.length - length;
    return decoded;
  });
  return edits.length === 0 ? undefined : new TextView(text, view, edits);
}

/**
 * Returns the text with its escapes undone: percent, form, backslash, entities and
 * line breaks, up to three of them nested.
 */
export function viewsOf(text: string): readonly TextView[] {
  if (!ANY_HINT_REGEXP.test(text)) return [];
  const seen = new Set([text]);
  const views: TextView[] = [];
  let level = [new TextView(text)];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: TextView[] = [];
    for (const view of level) {
      for (const escape of ESCAPES) {
        if (views.length >= MAX_VIEWS) return views;
        const undone = undo(view, escape);
        if (undone === undefined || seen.has(undone.text)) continue;
        seen.add(undone.text);
        views.push(undone);
        next.push(undone);
      }
    }
    level = next;
  }
  return views;
}
