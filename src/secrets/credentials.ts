/** Credentials in a text, and in the items of a structure. */

import {
  maskAssignments,
  maskCommands,
  maskStatements,
} from "./assignments.ts";
import {
  alignSpans,
  isPlaceholder,
  maskSchemes,
  maskSecretAddresses,
  maskUrls,
} from "./redaction.ts";
import { isSecretKey } from "./secret_names.ts";
import { nameWords, PROPERTY_WORDS, QUESTION_WORDS } from "./secret_words.ts";
import {
  maskCommonTokens,
  maskHighEntropy,
  maskPrivateKeys,
  maskTokens,
  TOKEN_FORMS,
} from "./tokens.ts";

/** The bits that say what a text contains. */
const TEXT_HINTS = {
  /** `=` or `:`. */
  separator: 1,
  /** `@`. */
  at: 2,
  /** A space or a tab. */
  space: 4,
  /** `<`. */
  angle: 8,
  /** A quotation mark of any kind. */
  quote: 16,
  /** Three letters that every name of a secret contains. */
  name: 32,
  /** The first letters of an authentication scheme. */
  scheme: 64,
  /** The first letters of a host whose addresses are secret. */
  host: 128,
  /** The first three characters of a known token. */
  token: 256,
  /** A flag of a command line. */
  flag: 512,
  /** The first three characters of a token, and of many ordinary words. */
  common: 1_024,
} as const;

// A character is described by its hints and, above them, by its number: letters
// without case 1 to 26, then some signs and all digits, and 0 for the rest.
const FOLD_SHIFT = 11;
// These count only at the beginning of a word.
const BEGINNINGS = TEXT_HINTS.token | TEXT_HINTS.common;
const ALL_HINTS = (1 << FOLD_SHIFT) - 1;
const UNDERSCORE = 27;
const HYPHEN = 28;
const DOT = 29;
const DIGIT = 30;
const DOLLAR = 31;

// The first three letters of each name of a secret. "pw" may follow any letter.
const NAME_BEGINNINGS =
  "pas psw sec tok key cre jwt bea aut coo dsn otp sal pep psk cvv cvc ssn " +
  "pfx mne con cod sam ass sig ses phr see ans pat pin sas csr xsr hoo";

// Anything but letters, digits and the punctuation of paths and numbers.
const UNUSUAL_REGEXP = /[^\w./,-]/;
const SHORTEST_TOKEN = 12;

const CHARACTERS = describeCharacters();
const TRIPLES = describeTriples();

function describeCharacters(): Uint16Array {
  const table = new Uint16Array(128);
  function mark(characters: string, bits: number): void {
    for (const character of characters) table[character.charCodeAt(0)] = bits;
  }
  for (let letter = 0; letter < 26; letter++) {
    const code = 97 + letter;
    mark(String.fromCharCode(code, code - 32), (letter + 1) << FOLD_SHIFT);
  }
  mark("0123456789", DIGIT << FOLD_SHIFT);
  mark("_", UNDERSCORE << FOLD_SHIFT);
  mark("-", HYPHEN << FOLD_SHIFT);
  mark(".", DOT << FOLD_SHIFT);
  mark("$", DOLLAR << FOLD_SHIFT);
  mark("=:", TEXT_HINTS.separator);
  mark("@", TEXT_HINTS.at);
  mark(" \t", TEXT_HINTS.space);
  mark("<", TEXT_HINTS.angle);
  mark("\"'`", TEXT_HINTS.quote);
  return table;
}

// A character beyond ASCII may stand for any letter.
function describeCharacter(code: number): number {
  return code < 128 ? CHARACTERS[code] ?? 0 : TEXT_HINTS.name;
}

function isAlphanumeric(fold: number): boolean {
  return fold === DIGIT || (fold > 0 && fold < UNDERSCORE);
}

function follow(triple: number, fold: number): number {
  return ((triple << 5) | fold) & 32_767;
}

function foldAt(text: string, at: number): number {
  return describeCharacter(text.charCodeAt(at)) >> FOLD_SHIFT;
}

function tripleAt(text: string, at: number): number {
  return (foldAt(text, at) << 10) | (foldAt(text, at + 1) << 5) |
    foldAt(text, at + 2);
}

function describeTriples(): Uint16Array {
  const table = new Uint16Array(32_768);
  function mark(triple: number, bits: number): void {
    table[triple] = (table[triple] ?? 0) | bits;
  }
  function markAll(texts: string, bits: number): void {
    let at = 0;
    do {
      mark(tripleAt(texts, at), bits);
      at = texts.indexOf(" ", at) + 1;
    } while (at > 0);
  }
  markAll(NAME_BEGINNINGS, TEXT_HINTS.name);
  markAll("bea bas", TEXT_HINTS.scheme);
  markAll("hoo dis web ift cha", TEXT_HINTS.host);
  for (const { prefixes, isCommon } of TOKEN_FORMS) {
    const { token, common } = TEXT_HINTS;
    markAll(prefixes.join(" "), isCommon === true ? common : token);
  }
  for (const letter of "aAkKpPwWuUXb") {
    mark(tripleAt(` -${letter}`, 0), TEXT_HINTS.flag);
  }
  mark(tripleAt(" --", 0), TEXT_HINTS.flag);
  const pw = tripleAt("?pw", 0) & 1_023;
  for (let first = 0; first < 32; first++) {
    mark((first << 10) | pw, TEXT_HINTS.name);
  }
  return table;
}

/**
 * Runs the prefilter; returns bits of {@linkcode TEXT_HINTS}, too many rather than too few.
 */
export function findTextHints(text: string): number {
  if (text.length < SHORTEST_TOKEN && !UNUSUAL_REGEXP.test(text)) return 0;
  let hints = 0;
  let triple = 0;
  // Bits of word boundaries: before this character, and before the last two.
  let begins = 0b001;
  for (let at = 0; at < text.length; at++) {
    const bits = describeCharacter(text.charCodeAt(at));
    const fold = bits >> FOLD_SHIFT;
    triple = follow(triple, fold);
    const found = TRIPLES[triple] ?? 0;
    hints |= bits |
      ((begins & 0b100) === 0 ? found & ~BEGINNINGS : found);
    begins = (begins << 1) | (isAlphanumeric(fold) ? 0 : 1);
  }
  return hints & ALL_HINTS;
}

const SHORTEST_CREDENTIAL = 6;
const MOST_ROUNDS = 4;

function maskOnce(text: string): string {
  // Masking only removes: later steps find nothing that the text did not contain.
  const hints = findTextHints(text);
  if (hints === 0) return maskHighEntropy(text);
  const has = (bit: number) => (hints & bit) !== 0;
  const { name, separator, space, quote } = TEXT_HINTS;
  let masked = text;
  if (has(name)) masked = maskPrivateKeys(masked);
  // Before names: a "=" in a token ends no name.
  if (has(TEXT_HINTS.token)) masked = maskTokens(masked);
  if (has(TEXT_HINTS.common)) masked = maskCommonTokens(masked);
  if (has(TEXT_HINTS.at)) masked = maskUrls(masked);
  if (has(TEXT_HINTS.host)) masked = maskSecretAddresses(masked);
  if (has(name) && has(separator)) masked = maskAssignments(masked);
  if (has(TEXT_HINTS.angle) || (has(space) && has(name | separator | quote))) {
    masked = maskStatements(masked);
  }
  if (has(TEXT_HINTS.scheme) && has(space)) masked = maskSchemes(masked);
  if (has(TEXT_HINTS.flag)) masked = maskCommands(masked);
  return maskHighEntropy(masked);
}

/**
 * Replaces each credential in a text by `[REDACTED]`: the password of a URL, a
 * bearer or basic header, a token of a known form, a JSON Web Token, a private
 * key, a connection string, the value of a name such as `api_key`.
 *
 * Returns the same string without one. Takes linear time. Masking a masked
 * text changes nothing.
 */
export function maskCredentials(text: string): string {
  if (text.length < SHORTEST_CREDENTIAL) return text;
  let masked = maskOnce(text);
  // Masking can join what then looks like another credential.
  for (let round = 1; masked !== text && round < MOST_ROUNDS; round++) {
    const again = maskOnce(masked);
    if (again === masked) break;
    masked = again;
  }
  return masked;
}

/** Returns `true` for a value that is or contains a credential, whatever its name. */
export function isCredential(value: string): boolean {
  return maskCredentials(value) !== value;
}

// A named value: `{ name: "token", value: "x" }`; a change:
// `{ field: "password", old: "x", new: "y" }`.
const PAIR_NAME_REGEXP =
  /^(?:name|key|header|field|path|property|attribute|setting|option|variable|env|param|parameter|k)$/i;
const PAIR_VALUE_REGEXP = /^(?:values?|val|v|content)$/i;
const CHANGE_NAME_REGEXP = /^(?:key|field|path|property|setting|variable)$/i;
const CHANGE_VALUE_REGEXP =
  /^(?:(?:old|new|previous|current)(?:_?value)?|before|after|from|to)$/i;
const LONGEST_PAIR_NAME = 256;

// A list of arguments, and its command.
const ARGUMENTS_REGEXP = /^(?:args?|argv|arguments|command_?line|cmd)$/i;
const COMMAND_REGEXP = /^(?:command|cmd|file|executable|program|binary|bin)$/i;
const FLAG_REGEXP = /^--?[A-Za-z]/;
const ARGUMENT_STOP_REGEXP = /[\s"'|;&]/g;
const LONGEST_ARGUMENT = 128;

// In a list of names, no value would follow these.
const HEADER_REGEXP = /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i;
const HEADER_VALUE_REGEXP = /[\s=]/;
const HEADER_NAME_REGEXP = /^[A-Za-z][A-Za-z\d-]{0,63}$/;
const HEADERS_REGEXP = /headers$/i;
// A list with one of these names is a list of headers and their values.
const KNOWN_HEADER_REGEXP =
  /^(?:x-.+|accept|accept-.+|authorization|cache-control|connection|content-.+|cookie|date|etag|host|if-.+|keep-alive|location|origin|pragma|proxy-.+|range|referer|sec-.+|server|set-cookie|te|transfer-encoding|upgrade|user-agent|vary|via)$/i;

// The keys of such a map are names; "credentials" has fields instead.
const MAP_REGEXP =
  /(?:secrets|passwords|passwds|pwds|passphrases|passcodes|keys|tokens|jwts|dsns)$/i;
const MAP_FIELDS: ReadonlySet<string> = new Set(
  "user username usernames region vault project namespace engine"
    .split(" "),
);

const NO_ITEMS: ReadonlySet<number> = new Set();

function looksSecret(name: unknown): boolean {
  return typeof name === "string" && name.length <= LONGEST_PAIR_NAME &&
    isSecretKey(name);
}

/** The role of a field among the others of its object. */
export type FieldRole = "value" | "change" | "arguments" | "other";

/** Returns the role of a field by its key; `"other"` for most. */
export function fieldRole(key: string): FieldRole {
  if (PAIR_VALUE_REGEXP.test(key)) return "value";
  if (CHANGE_VALUE_REGEXP.test(key)) return "change";
  return ARGUMENTS_REGEXP.test(key) ? "arguments" : "other";
}

/**
 * Returns `true` if another field names this value as a secret, as in
 * `{ name: "token", value: "x" }` or `{ field: "password", old: "x", new: "y" }`.
 */
export function isNamedSecret(
  role: FieldRole,
  keys: readonly string[],
  get: (key: string) => unknown,
): boolean {
  if (role !== "value" && role !== "change") return false;
  const names = role === "value" ? PAIR_NAME_REGEXP : CHANGE_NAME_REGEXP;
  return keys.some((key) => names.test(key) && looksSecret(get(key)));
}

/** The place of a list in its data. */
export interface ListPlace {
  /** Its key; empty without one. */
  readonly key: string;
  /** It is an item of a list or of a set. */
  readonly isInList: boolean;
  /** The command, for a list of arguments. */
  readonly command?: string | undefined;
}

/** Finds the command of a list of arguments, as in `{ command: "mysql", args }`. */
export function findCommand(
  role: FieldRole,
  key: string,
  keys: readonly string[],
  get: (key: string) => unknown,
): string | undefined {
  if (role !== "arguments") return undefined;
  const beside = keys.find((other) =>
    other !== key && COMMAND_REGEXP.test(other)
  );
  const command = beside === undefined ? undefined : get(beside);
  return typeof command === "string" ? command : undefined;
}

/** Reads arguments as a command line, where a value follows its flag. */
function findSecretArguments(
  items: readonly unknown[],
  command: string | undefined,
): readonly number[] {
  let line = command === undefined ? "" : argumentOf(command);
  const places = items.map((item) => {
    const start = line.length === 0 ? 0 : line.length + 1;
    line += `${start === 0 ? "" : " "}${argumentOf(item)}`;
    return { start, end: line.length };
  });
  const spans = alignSpans(line, maskCredentials(line)) ?? [];
  const found: number[] = [];
  let next = 0;
  for (const [index, { start, end }] of places.entries()) {
    while ((spans[next]?.end ?? Infinity) <= start) next++;
    if ((spans[next]?.start ?? Infinity) >= end) continue;
    const item = items[index];
    // A secret inside an argument is masked in place: "--token=x".
    if (typeof item !== "string" || maskCredentials(item) === item) {
      found.push(index);
    }
  }
  return found;
}

function argumentOf(item: unknown): string {
  if (typeof item !== "string" && typeof item !== "number") return "_";
  const text = String(item).slice(0, LONGEST_ARGUMENT);
  return isPlaceholder(text) ? text : text.replace(ARGUMENT_STOP_REGEXP, "_");
}

function isKnownHeader(item: unknown): boolean {
  return typeof item === "string" && KNOWN_HEADER_REGEXP.test(item);
}

/** Matches names and values of headers in one list, such as `rawHeaders` of Node. */
function isHeaders(items: readonly unknown[], key: string): boolean {
  if (items.length % 2 !== 0) return false;
  let isKnown = HEADERS_REGEXP.test(key);
  for (let index = 0; index < items.length; index += 2) {
    const name = items[index];
    if (typeof name !== "string" || !HEADER_NAME_REGEXP.test(name)) {
      return false;
    }
    isKnown ||= isKnownHeader(name);
    // A list of names has names in these places too.
    if (isKnownHeader(items[index + 1])) return false;
  }
  return isKnown;
}

function isAfterName(
  items: readonly unknown[],
  index: number,
  place: ListPlace,
): boolean {
  const previous = items[index - 1];
  const item = items[index];
  if (typeof previous !== "string") return false;
  if (place.isInList && items.length === 2) return looksSecret(previous);
  return typeof item === "string" && HEADER_REGEXP.test(previous) &&
    HEADER_VALUE_REGEXP.test(item);
}

/**
 * Finds items that an earlier item reveals as secrets: the second of a pair in a
 * list of pairs, the value of a flag or of a header. A plain list of names, such as
 * `["password", "email"]`, has none.
 */
export function findSecretItems(
  items: readonly unknown[],
  place: ListPlace,
): ReadonlySet<number> {
  if (items.length < 2 && place.command === undefined) return NO_ITEMS;
  if (!items.some((item) => typeof item === "string")) return NO_ITEMS;
  const found = new Set<number>();
  const hasHeaders = isHeaders(items, place.key);
  for (let index = 1; index < items.length; index++) {
    const isSecret = isAfterName(items, index, place) ||
      (hasHeaders && index % 2 === 1 && looksSecret(items[index - 1]));
    if (isSecret) found.add(index);
  }
  if (
    items.some((item) => typeof item === "string" && FLAG_REGEXP.test(item))
  ) {
    for (const index of findSecretArguments(items, place.command)) {
      found.add(index);
    }
  }
  return found;
}

/** Matches `secrets`, `api_keys` and `passwords`, but not `keys` or `credentials`. */
export function isSecretMap(key: string): boolean {
  return MAP_REGEXP.test(key) && isSecretKey(key);
}

/** Returns `true` if a key in a map of secrets names one: `db` does, `provider` does not. */
export function isNameInMap(key: string): boolean {
  const words = nameWords(key);
  const last = words.at(-1) ?? "";
  if (words.length > 1 && QUESTION_WORDS.has(words[0] ?? "")) return false;
  return !PROPERTY_WORDS.has(last) && !MAP_FIELDS.has(last);
}
