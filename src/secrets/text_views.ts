/**
 * Undoes the escapes of a text, and maps each place back to the original.
 *
 * That finds a known secret in any mixture of escapes, without a list of all its
 * spellings.
 */

import type { Span } from "./redaction.ts";

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
export class TextView {
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
