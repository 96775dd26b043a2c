import { isPlaceholder, maskSpans, REDACTED, type Span } from "./redaction.ts";
import { isSecretKey } from "./secret_names.ts";

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

/** For each ASCII code, 1 where the character is in the set. */
type AsciiSet = Uint8Array;

const LETTERS_AND_DIGITS =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Makes a set of the letters, the digits and some more characters. */
function wordCharacters(more: string): AsciiSet {
  const set = new Uint8Array(128);
  for (const character of LETTERS_AND_DIGITS + more) {
    set[character.charCodeAt(0)] = 1;
  }
  return set;
}

const SEPARATOR_REGEXP = /[=:]/g;
const AFTER_SEPARATOR_REGEXP = /[=:>]{0,3}[ \t]{0,16}/y;
const NAME_CHARACTERS = wordCharacters("_.$%[]-");
const OPERATOR_REGEXP = /(?:[?+|&*^/:]{1,2}|(?<=[ \t])[.%-])$/;
const QUOTES = "\"'`";
const LONGEST_NAME = 96;

// "API key: x", "Access Key: x": the last word alone does not say it.
const PHRASE_END_REGEXP = /^(?:keys?|string|code|phrase|header|url|id)$/i;
const WORD_BEFORE_REGEXP = /[A-Za-z][\w-]{0,31}(?=[ \t]$)/;

// In a query only, and only what is long: `?sig=` of a signed address.
const QUERY_NAME_REGEXP = /^(?:sig|signature|code|key)$/i;
const QUERY_VALUE_REGEXP = /[^&\s"'<>#]{16}/y;

const FILE_REGEXP =
  /\.(?:[cm]?[jt]sx?|json|py|rb|rs|go|java|kt|cs|cpp|php|sh|vue|html|css|md)$/;
// Sentences of this package quote the names of things: `Cannot set up plugin
// "token-counter": …`, `Cannot read source "npm:jwt-tools": …`.
const SUBJECT_REGEXP =
  /(?:\bplugin|\bplugin "[^"]{1,64}" as|\bCannot [a-z]{2,12} (?:source|plugin state|(?:state|environment) file|audit log)) "(?:[^"\s]{0,64}[:/@])?$/;
const LONGEST_SUBJECT = 192;
// `permission net to "token-server:8080"`, and the flag that grants it.
const NETWORK_REGEXP =
  /(?:\b(?:net|import) (?:to )?"|--(?:allow|deny|ignore)-(?:net|import)=[^\s"']{0,500})$/;
const LONGEST_NETWORK = 512;
const HOST_PORT_REGEXP = /\d{1,5}(?![\w.-])/y;
// `io.jsonwebtoken:jjwt-jackson-0.11.2`, a package of Maven, or a host's port.
const COORDINATE_REGEXP =
  /[a-z][\w.-]{0,63}[:-]v?\d+(?:\.[\w-]+)+|\d{2,5}(?![\w.-])/y;
// The last part of `com.auth0:java-jwt:4.4.0`.
const VERSION_REGEXP = /v?\d{1,9}(?:\.\d{1,9}){1,3}(?![\w])/y;
// The tag of an image, as in `external-secrets/external-secrets:v0.9.9`.
const IMAGE_TAG_REGEXP =
  /v?\d{1,9}(?:\.\d{1,9}){1,3}(?:-[a-z]{1,12}\.?\d{0,4})?(?=[\s"'`,)\]}@]|$)/y;
// `arn:aws:secretsmanager:us-east-1:123456789012:secret:app` names a secret.
const ARN_REGEXP = /(?:^|[\s"'=(,])arn:[\w-]{1,20}:[\w:-]{1,150}:$/;
const LONGEST_ARN = 200;
// `secretKey: DB_USER`, as Kubernetes refers to it.
const VARIABLE_NAME_REGEXP = /[A-Z]{2,}(?:_[A-Z]{2,}){1,4}(?=[\s,;)\]}]|$)/y;
const PLACE_REGEXP = /\d{1,7}(?::\d{1,7})?(?!\w)/y;
const PORT_REGEXP = /^\d{1,5}(?:[^\w.]|$)/;
const SHELL_DIRECTORY_REGEXP = /^(?:OLD)?PWD$/;

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

function isInName(code: number): boolean {
  return code > 127 || NAME_CHARACTERS[code] === 1;
}

/** Reads back from a separator to the name before it. */
function nameBefore(text: string, at: number, from: number) {
  let end = at;
  while (end > from && end > at - 8 && isSpace(text[end - 1])) end--;
  // An assignment that does more: `X ?= y`, `x += y`, `$x .= y`.
  const operator = OPERATOR_REGEXP.exec(
    text.slice(Math.max(from, end - 4), end),
  );
  end -= operator?.[0].length ?? 0;
  while (end > from && end > at - 12 && isSpace(text[end - 1])) end--;
  // A key in brackets: `settings['password'] = x`.
  if (text[end - 1] === "]" && QUOTES.includes(text[end - 2] ?? " ")) end--;
  const quote = end > from ? text[end - 1] ?? " " : " ";
  const hasQuote = QUOTES.includes(quote);
  if (hasQuote) end--;
  while (hasQuote && end > from && text[end - 1] === "\\") end--;
  let start = end;
  const limit = Math.max(from, end - LONGEST_NAME);
  while (start > limit && isInName(text.charCodeAt(start - 1))) start--;
  // Backticks mark code in prose; a name in quotes is a key of JSON or its like.
  const isQuoted = hasQuote && quote !== "`";
  return { name: text.slice(start, end), nameStart: start, isQuoted };
}

/** Whether a value after a colon names something: a package, or a variable. */
function isReference(
  text: string,
  { name, nameStart, isQuoted, start }: NamedValue,
): boolean {
  const isGlued = text[start - 1] === ":";
  if (isGlued && text[nameStart - 1] === ":") {
    const from = Math.max(0, nameStart - LONGEST_ARN);
    VERSION_REGEXP.lastIndex = start;
    return ARN_REGEXP.test(text.slice(from, nameStart)) ||
      VERSION_REGEXP.test(text);
  }
  if (name.includes(".") && isGlued) {
    COORDINATE_REGEXP.lastIndex = start;
    return COORDINATE_REGEXP.test(text);
  }
  VARIABLE_NAME_REGEXP.lastIndex = start;
  return !isQuoted && VARIABLE_NAME_REGEXP.test(text);
}

/** A sentence of this package quotes the name of a plugin, or a host with its port. */
function isNamedBefore(text: string, value: NamedValue): boolean {
  const { nameStart, isQuoted, start } = value;
  if (isQuoted) {
    const from = Math.max(0, nameStart - LONGEST_SUBJECT);
    return SUBJECT_REGEXP.test(text.slice(from, nameStart));
  }
  HOST_PORT_REGEXP.lastIndex = start;
  return HOST_PORT_REGEXP.test(text) &&
    NETWORK_REGEXP.test(
      text.slice(Math.max(0, nameStart - LONGEST_NETWORK), nameStart),
    );
}

/** Names that look like a secret's and have something else after them. */
function isOtherwise(text: string, value: NamedValue): boolean {
  const { name, nameStart, isQuoted, isColon, start } = value;
  // PWD=/home/ada is the working directory, "application/jwt" a media type,
  // and src/token.ts:12:5 a place in a file.
  if (SHELL_DIRECTORY_REGEXP.test(name)) return text[start] === "/";
  if (isColon && isNamedBefore(text, value)) return true;
  const before = text.slice(Math.max(0, nameStart - 2), nameStart);
  if (isQuoted && before.endsWith("/")) return true;
  if (isColon && before === "//") {
    // A user of a URL, whose password was seen to already, or a host with a port.
    return text.startsWith(`${REDACTED}@`, start) ||
      PORT_REGEXP.test(text.slice(start, start + 6));
  }
  if (isColon && isReference(text, value)) return true;
  if (isColon && before.endsWith("/")) {
    IMAGE_TAG_REGEXP.lastIndex = start;
    if (IMAGE_TAG_REGEXP.test(text)) return true;
  }
  PLACE_REGEXP.lastIndex = start;
  return isColon && text[start - 1] === ":" && FILE_REGEXP.test(name) &&
    PLACE_REGEXP.test(text);
}

function saysSecret(text: string, value: NamedValue): boolean {
  const { name, nameStart, start } = value;
  if (isSecretKey(name)) return !isOtherwise(text, value);
  const before = text[nameStart - 1];
  if (!value.isColon && (before === "?" || before === "&")) {
    QUERY_VALUE_REGEXP.lastIndex = start;
    return QUERY_NAME_REGEXP.test(name) && QUERY_VALUE_REGEXP.test(text);
  }
  if (!isSpace(before) || !PHRASE_END_REGEXP.test(name)) return false;
  const word = WORD_BEFORE_REGEXP.exec(
    text.slice(Math.max(0, nameStart - 33), nameStart),
  );
  return word !== null && isSecretKey(`${word[0]}_${name}`);
}

/**
 * Masks values whose name, standing before them in the text, says that they are
 * secrets: in queries, headers, connection strings, JSON, YAML, shell exports.
 */
export function maskAssignments(text: string): string {
  const spans: Span[] = [];
  let from = 0;
  SEPARATOR_REGEXP.lastIndex = 0;
  for (
    let found = SEPARATOR_REGEXP.exec(text);
    found !== null;
    found = SEPARATOR_REGEXP.exec(text)
  ) {
    const at = found.index;
    const { name, nameStart, isQuoted } = nameBefore(text, at, from);
    AFTER_SEPARATOR_REGEXP.lastIndex = at + 1;
    AFTER_SEPARATOR_REGEXP.exec(text);
    const start = AFTER_SEPARATOR_REGEXP.lastIndex;
    SEPARATOR_REGEXP.lastIndex = start;
    if (name === "") continue;
    const isColon = text[at] === ":" && !/[=>]/.test(text[at + 1] ?? "");
    const value: NamedValue = { name, nameStart, isQuoted, isColon, start };
    if (!saysSecret(text, value)) continue;
    const { secret, next } = findSecretValue(text, value);
    if (secret !== undefined) spans.push(secret);
    SEPARATOR_REGEXP.lastIndex = next;
    from = next;
  }
  return maskSpans(text, spans);
}
