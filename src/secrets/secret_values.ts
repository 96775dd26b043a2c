/** Secrets that plugins were given, and the ways in which they can be written. */

import { maskCredentials } from "./credentials.ts";
import {
  alignSpans,
  isPlaceholder,
  maskSpans,
  mergeSpans,
  REDACTED,
  type Span,
} from "./redaction.ts";
import { isSecretKey } from "./secret_names.ts";
import {
  type Needle,
  SHORTEST_NEEDLE,
  TextSearch,
  viewsOf,
} from "./text_search.ts";

// A shorter part occurs in too many unrelated texts.
const SHORTEST_PART = 8;
const LONG_PART = 16;
const SHORTEST_ENCODED = 6;
// The rest of an encoded text is masked with its beginning.
const LONGEST_ENCODED = 64;
const MAX_PARTS = 2_000;
const MAX_DEPTH = 16;

const LINE_REGEXP = /[\r\n]+/;
// The opening of YAML or JSON, or a word: no secret.
const PLAIN_LINE_REGEXP = /^(?:["']?[A-Za-z_-]+["']?:|[A-Z]?[a-z_-]+|\W+)$/;
const FRAME_REGEXP = /^-{3,}[^-]*-{3,}$/;
const HAS_DIGIT_REGEXP = /\d/;
const HAS_LETTER_REGEXP = /[a-z]/i;
const ADDRESS_REGEXP =
  /^(?:[a-z][\w+.-]*:\/\/\S*|[^\s@]+@[\w.-]+|(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?|[./~][\w./-]*)$/i;
const PLAIN_NAME_REGEXP = /^[a-z]+(?:[-_. ](?:[a-z]+\d{0,2}|\d{1,2}))*$/i;
const USER_REGEXP = /^(?:[a-z][\w+.-]*:\/\/)?([^:@/\s]*):([^]+)@/i;
const FIRST_USER_REGEXP = /^(?:[a-z][\w+.-]*:\/\/)?([^:@/\s]*):([^@]+)@/i;
const LONE_USER_REGEXP = /^[a-z][\w+.-]*:\/\/([^:@/\s]{16,})(?::[^@]*)?@/i;
const PAIR_REGEXP = /^[\w.+-]{1,64}:([^\s/:@]{8,})$/;
const BASE64_REGEXP = /^[\w+/-]{16,}={0,2}$/;
const TEXT_REGEXP = /^[\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffc]*$/;

const BASE64_ALPHABET_REGEXP = /[\w+/=-]/;
const HEX_ALPHABET_REGEXP = /[\da-f]/i;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Parts {
  readonly all = new Set<string>();

  add(text: string, shortest: number = SHORTEST_NEEDLE): void {
    if (
      text.length < shortest || isPlaceholder(text) ||
      REDACTED.includes(text) || this.all.size >= MAX_PARTS
    ) return;
    this.all.add(text);
  }

  /** Adds a part, unless the rest of the secret contains the same word. */
  addWithin(text: string, whole: string): void {
    const isWord = text.length < SHORTEST_PART && /^[a-z]+$/i.test(text);
    if (isWord && whole.indexOf(text) !== whole.lastIndexOf(text)) return;
    this.add(text);
  }
}

function isTelling(value: string): boolean {
  if (value.length < SHORTEST_PART || ADDRESS_REGEXP.test(value)) return false;
  return value.length >= LONG_PART ||
    (HAS_DIGIT_REGEXP.test(value) && HAS_LETTER_REGEXP.test(value) &&
      !PLAIN_NAME_REGEXP.test(value));
}

function addFields(
  parts: Parts,
  value: unknown,
  key: string,
  depth: number,
): void {
  if (typeof value === "string") {
    if (isSecretKey(key)) parts.add(value);
    else if (isTelling(value)) parts.add(value);
    addCredentials(parts, value);
    addLines(parts, value);
  } else if (typeof value === "object" && value !== null && depth > 0) {
    for (const [name, item] of Object.entries(value)) {
      // The key of a list applies to its items.
      addFields(parts, item, Array.isArray(value) ? key : name, depth - 1);
    }
  }
}

function addJson(parts: Parts, text: string): void {
  if (!/^\s*[[{]/.test(text)) return;
  try {
    const value: unknown = JSON.parse(text);
    parts.add(JSON.stringify(value));
    addFields(parts, value, "", MAX_DEPTH);
  } catch {
    // It is not JSON.
  }
}

function addLines(parts: Parts, text: string): void {
  if (!LINE_REGEXP.test(text)) return;
  parts.add(text.replaceAll(/\r\n?/g, "\n"));
  for (const line of text.split(LINE_REGEXP)) {
    const trimmed = line.trim();
    if (trimmed.length < LONG_PART && PLAIN_LINE_REGEXP.test(trimmed)) continue;
    if (FRAME_REGEXP.test(trimmed)) continue;
    parts.add(trimmed, SHORTEST_PART);
  }
}

/** Adds the passwords in a text, and everything that looks like a credential. */
function addCredentials(parts: Parts, text: string): void {
  for (const regexp of [USER_REGEXP, FIRST_USER_REGEXP]) {
    const password = regexp.exec(text)?.[2];
    if (password !== undefined) parts.addWithin(password, text);
  }
  parts.add(LONE_USER_REGEXP.exec(text)?.[1] ?? "");
  parts.add(PAIR_REGEXP.exec(text)?.[1] ?? "");
  for (const { start, end } of alignSpans(text, maskCredentials(text)) ?? []) {
    parts.addWithin(text.slice(start, end), text);
  }
}

function decodeBase64(text: string): string | undefined {
  if (!BASE64_REGEXP.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
    const decoded = decoder.decode(bytes);
    return TEXT_REGEXP.test(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function addReading(parts: Parts, text: string): void {
  const trimmed = text.trim();
  parts.add(text);
  parts.add(trimmed);
  addCredentials(parts, trimmed);
  addJson(parts, trimmed);
  addLines(parts, text);
}

/**
 * Lists the parts of a secret that are secrets themselves: the whole, its lines, its
 * passwords and fields, and the same of its unescaped forms.
 */
export function secretParts(secret: string): ReadonlySet<string> {
  const parts = new Parts();
  addReading(parts, secret);
  const decoded = decodeBase64(secret.trim());
  if (decoded !== undefined) addReading(parts, decoded);
  for (const { text } of viewsOf(secret)) addReading(parts, text);
  for (const part of [...parts.all]) {
    for (const { text } of viewsOf(part)) parts.add(text, SHORTEST_PART);
  }
  return parts.all;
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("=", "");
}

/** Encodes bytes after some unknown ones, as far as these make no difference. */
function base64After(bytes: Uint8Array, before: number): string {
  const padded = new Uint8Array(before + bytes.length);
  padded.set(bytes, before);
  const end = Math.floor(padded.length * 8 / 6);
  return base64(padded).slice(Math.ceil(before * 8 / 6), end);
}

function* encodings(part: string): Generator<Needle> {
  // Only this much of it is compared.
  const bytes = encoder.encode(part.slice(0, LONGEST_ENCODED));
  const isWhole = part.length <= LONGEST_ENCODED;
  const encoded = new Set([0, 1, 2].map((at) => base64After(bytes, at)));
  if (isWhole) encoded.add(base64(bytes));
  for (const text of encoded) {
    if (text.length < SHORTEST_ENCODED) continue;
    const alphabet = BASE64_ALPHABET_REGEXP;
    yield { text, alphabet };
    const url = text.replaceAll("+", "-").replaceAll("/", "_");
    if (url !== text) yield { text: url, alphabet };
  }
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  yield { text: hex, alphabet: HEX_ALPHABET_REGEXP };
  yield { text: hex.toUpperCase(), alphabet: HEX_ALPHABET_REGEXP };
}

/**
 * Lists the texts to search for: the parts, and each in base64 and hexadecimal.
 * Escapes are undone in the searched text instead (`text_views.ts`).
 */
export function secretNeedles(secret: string): readonly Needle[] {
  const parts = secretParts(secret);
  const needles = new Map<string, Needle>();
  for (const text of parts) needles.set(text, { text });
  for (const part of parts) {
    for (const needle of encodings(part)) {
      if (!needles.has(needle.text)) needles.set(needle.text, needle);
    }
  }
  return [...needles.values()];
}

const NONE: readonly Span[] = [];

/** A secret is remembered for ten minutes after its last hold was disposed. */
export const FORGET_AFTER = 600_000;

interface Known {
  readonly needles: readonly Needle[];
  readonly holders: Set<SecretHold>;
  /** The time when the last hold was disposed. */
  since: number;
}

/** The secrets of one configuration of one plugin. */
export interface SecretHold extends Disposable {
  /** Adds a secret; ignores one of less than four characters. */
  add(value: string): void;
  /** Moves the secrets to a new hold, as `DisposableStack.move` does. */
  move(): SecretHold;
}

/** Masks the secrets that plugins were given, in errors and logs. */
export class SecretValues {
  readonly #known = new Map<string, Known>();
  readonly #elapsed: () => number;
  #search = new TextSearch();
  #former = 0;

  /** Takes a monotonic clock. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Creates an empty hold; its secrets are forgotten some time after its disposal. */
  hold(): SecretHold {
    const hold: SecretHold = {
      add: (value) => this.#add(value, hold),
      move: () => this.#move(hold),
      [Symbol.dispose]: () => this.#release(hold),
    };
    return hold;
  }

  /** Finds known secrets in a text, in any encoding. */
  find(text: string): readonly Span[] {
    this.#forget();
    if (this.#known.size === 0 || text.length < SHORTEST_NEEDLE) return NONE;
    const spans = [...this.#search.find(text)];
    for (const view of viewsOf(text)) {
      for (const span of this.#search.find(view.text)) {
        spans.push(view.origin(span));
      }
    }
    return spans.length === 0 ? NONE : mergeSpans(spans);
  }

  /** Replaces every known secret by `[REDACTED]`. */
  mask(text: string): string {
    return maskSpans(text, this.find(text));
  }

  #add(value: string, holder: SecretHold): void {
    if (value.length < SHORTEST_NEEDLE) return;
    const known = this.#known.get(value);
    if (known === undefined) {
      const needles = secretNeedles(value);
      for (const needle of needles) this.#search.add(needle);
      this.#known.set(value, {
        needles,
        holders: new Set([holder]),
        since: 0,
      });
      return;
    }
    if (known.holders.size === 0) this.#former--;
    known.holders.add(holder);
  }

  #move(holder: SecretHold): SecretHold {
    const next = this.hold();
    for (const { holders } of this.#known.values()) {
      if (holders.delete(holder)) holders.add(next);
    }
    return next;
  }

  #release(holder: SecretHold): void {
    for (const known of this.#known.values()) {
      if (!known.holders.delete(holder) || known.holders.size > 0) continue;
      known.since = this.#elapsed();
      this.#former++;
    }
  }

  #forget(): void {
    if (this.#former === 0) return;
    const before = this.#elapsed() - FORGET_AFTER;
    const old = [...this.#known].filter(([, { holders, since }]) =>
      holders.size === 0 && since <= before
    );
    if (old.length === 0) return;
    for (const [value] of old) this.#known.delete(value);
    this.#former -= old.length;
    this.#search = new TextSearch();
    for (const { needles } of this.#known.values()) {
      for (const needle of needles) this.#search.add(needle);
    }
  }
}
