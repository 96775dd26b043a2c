/**
 * Where the value ends that follows `name=` or `name:` in a text.
 *
 * @module
 */

import { isPlaceholder, REDACTED, type Span } from "./redaction.ts";

/** What is known of the name before a value. */
export type NamedValue = Readonly<{
  /** The name as it stands in the text. */
  name: string;
  /** Whether the name stands in quotes, as in JSON. */
  isQuoted: boolean;
  /** Whether it is followed by `:` alone, as in YAML, headers and prose. */
  isColon: boolean;
  /** Where the name begins. */
  nameStart: number;
  /** Where the value begins. */
  start: number;
}>;

const OPENING_REGEXP = /\\{0,8}["'`]/y;
const QUOTE_REGEXP = /["'`]/;
// The quote of `"Your password: ", x` ends a text, and begins no value.
const CLOSING_REGEXP = /["'`][ \t]{0,4}(?:[,)\]};\r\n]|$)/y;
const EMPTY_REGEXP = /[[{]\s{0,8}[\]}]/y;
const LINE_STOP_REGEXP = /[\r\n"'`]|\\[nr]/g;
const STOP_REGEXP = /[\s"'`<>,;&\\]/g;
// What follows a separator when another name and value begin there.
const NEXT_NAME_REGEXP =
  /[,;&]\s{0,4}(?:$|[\w.%[\]-]{1,64}(?: [\w.]{1,32}){0,3}\s{0,2}[=:]|["'\s])/y;
const CONNECTION_REGEXP =
  /[^;=\r\n"'`]{1,256};\s{0,4}(?:[\w-]{1,32}(?: [\w-]{1,32}){0,3}\s{0,2}=|$)/y;
const MASKED_REGEXP = /^\[REDACTED\][).,:!?\]}]{0,8}$/;
const TRAILING_REGEXP = /[).,:!?\]}]{1,8}$/;

const HEADER_NAME_REGEXP = /authorization$|cookie2?$/i;
const PHRASE_NAME_REGEXP = /phrase$|mnemonic$/i;
const SCHEME_REGEXP =
  /(?:apikey|aws4-hmac-sha256|basic|bearer|digest|dpop|hawk|jwt|key|negotiate|ntlm|oauth|signature|token)[ \t]{1,8}(?=[^\s"'`])/iy;

const NO_VALUE_REGEXP =
  /^(?:null|undefined|none|nil|true|false|empty|unset|missing|required|optional|invalid|incorrect|wrong|expired|revoked|denied|failed|error|ok|yes|no|not|is|was|string|number|boolean|unknown|any|object|name|include|omit|same-origin|hidden|masked|redacted|\[object)[;,.)]{0,2}$/i;
const PLAIN_WORD_REGEXP = /^(?:[A-Z]?[a-z']{1,15}|[A-Z]{1,15})[,.;:!?)]{0,2}$/;
const WORD_FOLLOWS_REGEXP = /[ \t]{1,4}[A-Za-z(]/y;
const ASCII_LETTER_OR_DIGIT_REGEXP = /[A-Za-z\d]/;

function endOf(regexp: RegExp, text: string, from: number): number {
  regexp.lastIndex = from;
  return regexp.exec(text)?.index ?? text.length;
}

function matchesAt(regexp: RegExp, text: string, at: number): boolean {
  regexp.lastIndex = at;
  return regexp.test(text);
}

function endOfQuoted(text: string, start: number, quote: string): number {
  const isEscaped = quote.length > 1;
  for (let at = start;;) {
    const found = text.indexOf(quote, at);
    if (found === -1) return text.length;
    let slashes = 0;
    while (found - slashes > start && text[found - slashes - 1] === "\\") {
      slashes++;
    }
    if (isEscaped ? slashes === 0 : slashes % 2 === 0) return found;
    at = found + quote.length;
  }
}

function endOfBracket(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === '"') at = endOfQuoted(text, at + 1, '"');
    else if ("[{(".includes(character)) depth++;
    else if ("]})".includes(character) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** In `Password=two words;Server=x` neither a space nor a comma ends the value. */
function isInConnectionString(text: string, value: NamedValue): boolean {
  if (value.isColon) return false;
  const before = text.slice(Math.max(0, value.nameStart - 5), value.nameStart);
  return /;\s{0,4}$/.test(before) ||
    matchesAt(CONNECTION_REGEXP, text, value.start);
}

function endOfBare(text: string, start: number, isConnection: boolean): number {
  for (let at = start;;) {
    const end = endOf(STOP_REGEXP, text, at);
    if (end === text.length) return end;
    const character = text[end] ?? "";
    const goesOn = character === "\\"
      ? !"nr\"'`".includes(text[end + 1] ?? "n")
      : character === ";" || (",&".includes(character) && !isConnection)
      ? !matchesAt(NEXT_NAME_REGEXP, text, end)
      : isConnection && ", \t&".includes(character);
    if (!goesOn) return end;
    at = end + 1;
  }
}

/** A header's value ends with its line, or with the quotes it stands in. */
function endOfLine(text: string, start: number): number {
  for (let at = start;;) {
    const end = endOf(LINE_STOP_REGEXP, text, at);
    const character = text[end] ?? "";
    if (!QUOTE_REGEXP.test(character) || text[end - 1] !== "=") return end;
    at = endOfQuoted(text, end + 1, character) + 1;
    if (at > text.length) return text.length;
  }
}

function hasLetterOrDigit(word: string): boolean {
  return ASCII_LETTER_OR_DIGIT_REGEXP.test(word) || /[\p{L}\p{N}]/u.test(word);
}

function isProse(text: string, word: string, end: number): boolean {
  if (!hasLetterOrDigit(word) || NO_VALUE_REGEXP.test(word)) {
    return true;
  }
  return PLAIN_WORD_REGEXP.test(word) &&
    matchesAt(WORD_FOLLOWS_REGEXP, text, end);
}

/** "Authorization: denied for bob" is prose, "Authorization: Custom 4f5e" is not. */
function isProseLine(text: string, start: number): boolean {
  const end = endOfBare(text, start, false);
  if (!isProse(text, text.slice(start, end), end)) return false;
  const next = endOfBare(text, end + 1, false);
  const word = text.slice(end + 1, next);
  return word === "" || PLAIN_WORD_REGEXP.test(word);
}

/** What was found of a value: the secret part, and where to read on. */
export type FoundValue = Readonly<{
  /** The part to mask, or `undefined` where there is nothing to hide. */
  secret: Span | undefined;
  /** Where the next name may begin. */
  next: number;
}>;

function found(text: string, start: number, end: number): FoundValue {
  if (end <= start) return { secret: undefined, next: start };
  // A placeholder is short: what is longer need not be copied to be told apart.
  const isNothing = end - start < 100 && isPlaceholder(text.slice(start, end));
  return { secret: isNothing ? undefined : { start, end }, next: end };
}

function findBare(text: string, value: NamedValue): FoundValue {
  const { start, isColon, isQuoted } = value;
  const end = endOfBare(text, start, isInConnectionString(text, value));
  const word = text.slice(start, end);
  const isNothing = isPlaceholder(word) || MASKED_REGEXP.test(word) ||
    (isColon && !isQuoted
      ? isProse(text, word, end)
      : NO_VALUE_REGEXP.test(word));
  if (isNothing) return { secret: undefined, next: end };
  const trailing = TRAILING_REGEXP.exec(word.slice(-8))?.[0].length ?? 0;
  return found(text, start, end - trailing);
}

/**
 * Finds what is to be masked of a value whose name says that it is a secret.
 *
 * @param text The text.
 * @param value Where the value begins, and what is known of its name.
 * @returns The secret part, if there is one, and where to read on.
 */
export function findSecretValue(text: string, value: NamedValue): FoundValue {
  const { name, isColon, isQuoted } = value;
  OPENING_REGEXP.lastIndex = value.start;
  const quote = OPENING_REGEXP.exec(text)?.[0];
  const opened = value.start + (quote?.length ?? 0);
  const isHeader = HEADER_NAME_REGEXP.test(name);
  const hasScheme = isHeader && matchesAt(SCHEME_REGEXP, text, opened);
  const start = hasScheme ? SCHEME_REGEXP.lastIndex : opened;
  if (!isQuoted && matchesAt(CLOSING_REGEXP, text, value.start)) {
    return { secret: undefined, next: opened };
  }
  if (quote !== undefined) {
    return found(text, start, endOfQuoted(text, start, quote));
  }
  if (matchesAt(EMPTY_REGEXP, text, start)) {
    return { secret: undefined, next: EMPTY_REGEXP.lastIndex };
  }
  const isMasked = text.startsWith(REDACTED, start);
  if (/[[{]/.test(text[start] ?? "") && !isMasked) {
    return found(text, start, endOfBracket(text, start));
  }
  if (isColon && !isQuoted && (isHeader || PHRASE_NAME_REGEXP.test(name))) {
    const isPlain = !hasScheme && isHeader && isProseLine(text, start);
    return isPlain
      ? { secret: undefined, next: start }
      : found(text, start, endOfLine(text, start));
  }
  return findBare(text, { ...value, start });
}
