/**
 * A text as it reads once its escapes are undone, with the way back from each
 * place to the text as it came.
 *
 * A secret that is known is found in any mixture of escapes by that, without a
 * list of all the ways in which it could have been written.
 */

import type { Span } from "./redaction.ts";

/** A part of a text that stands for another one in a view of it. */
interface Edit {
  /** Its place in the view. */
  readonly at: number;
  /** Its length in the view. */
  readonly length: number;
  /** Its place in the text that the view was made from. */
  readonly from: number;
  /** Its length there. */
  readonly was: number;
}

/** A text, and how its places are found in the text that it was made from. */
export class TextView {
  /** The text as it reads. */
  readonly text: string;
  readonly #parent: TextView | undefined;
  readonly #edits: readonly Edit[];

  constructor(text: string, parent?: TextView, edits: readonly Edit[] = []) {
    this.text = text;
    this.#parent = parent;
    this.#edits = edits;
  }

  /** Finds the part of the original text that a part of this view was made from. */
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

  /** The last edit that begins before a place. */
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

/** A way of writing text that can be undone. */
interface Escape {
  /** Matches every text that holds it. */
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

// One character of UTF-8 at a time, so that each has its place.
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
    // As a message of several lines is shown on one.
    hint: /⏎/,
    pattern: / ⏎ /g,
    decode: () => "\n",
  },
  {
    // A text that was broken into lines, as base64 often is, or as Deno shows
    // one of several lines: in quotes, with a plus between them.
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
 * Reads a text in the ways in which it may have been escaped: percent-encoded,
 * as a form, with backslashes, with entities, broken into lines, and up to
 * three of them one in the other.
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
