/**
 * Credentials inside a text.
 *
 * Nearly every text that is masked holds nothing to mask, and an event or an
 * environment has many of them: one quick look reads each character once, says
 * which searches can find anything at all, and spares most texts the slow ones.
 *
 * @module
 */

import { maskCommands } from "./command_secrets.ts";
import { maskAssignments, maskStatements } from "./named_secrets.ts";
import {
  maskPrivateKeys,
  maskSchemes,
  maskSecretAddresses,
  maskUrls,
} from "./protocol_credentials.ts";
import { TOKEN_FORMS } from "./token_forms.ts";
import { maskChance, maskCommonTokens, maskTokens } from "./tokens.ts";

/** What a text has, as bits. */
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
  /** Letters that a name which says secret cannot do without. */
  name: 32,
  /** Letters that the name of an authentication scheme begins with. */
  scheme: 64,
  /** Letters that a host of secret addresses begins with. */
  host: 128,
  /** The beginning of a known token. */
  token: 256,
  /** A flag of a command line. */
  flag: 512,
  /** The beginning of a token, which many ordinary words have as well. */
  common: 1_024,
} as const;

// Above the hints stands what a character is read as: letters without case 1 to
// 26, then some signs and all digits, and 0 for the rest.
const FOLD_SHIFT = 11;
// These count only if a word begins there.
const BEGINNINGS = TEXT_HINTS.token | TEXT_HINTS.common;
const ALL_HINTS = (1 << FOLD_SHIFT) - 1;
const UNDERSCORE = 27;
const HYPHEN = 28;
const DOT = 29;
const DIGIT = 30;
const DOLLAR = 31;

// The first three letters of what says secret. "pw" comes after any letter.
const NAME_BEGINNINGS =
  "pas psw sec tok key cre jwt bea aut coo dsn otp sal pep psk cvv cvc ssn " +
  "pfx mne con cod sam ass sig ses phr see ans pat pin sas csr xsr hoo";

// Anything that is not a letter, a digit, or what a path or a number has.
const UNUSUAL_REGEXP = /[^\w./,-]/;
const SHORTEST_TOKEN = 12;

const CHARACTERS = describeCharacters();
const TRIPLES = describeTriples();

function describeCharacters(): Uint16Array {
  const table = new Uint16Array(128);
  function mark(characters: string, bits: number): void {
    for (const character of characters) table[character.charCodeAt(0)] = bits;
  }
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (let at = 0; at < letters.length; at++) {
    const letter = letters.charAt(at);
    mark(letter + letter.toUpperCase(), (at + 1) << FOLD_SHIFT);
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

// What is not ASCII may be read as any letter.
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

/** The triple of the three characters of a text from a place on. */
function tripleAt(text: string, at: number): number {
  return (foldAt(text, at) << 10) | (foldAt(text, at + 1) << 5) |
    foldAt(text, at + 2);
}

function describeTriples(): Uint16Array {
  const table = new Uint16Array(32_768);
  function mark(triple: number, bits: number): void {
    table[triple] = (table[triple] ?? 0) | bits;
  }
  // Each of the texts begins them all or follows a space.
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
 * Looks once at each character of a text.
 *
 * @param text The text.
 * @returns The bits of {@linkcode TEXT_HINTS} that hold; they may hold where
 * there is nothing to find, and never the other way.
 */
export function findTextHints(text: string): number {
  if (text.length < SHORTEST_TOKEN && !UNUSUAL_REGEXP.test(text)) return 0;
  let hints = 0;
  let triple = 0;
  // Whether a word may begin at this character, and at the two before it.
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

const {
  separator,
  at,
  space,
  angle,
  quote,
  name,
  scheme,
  host,
  token,
  flag,
  common,
} = TEXT_HINTS;
const SHORTEST_CREDENTIAL = 6;
const MOST_ROUNDS = 4;

function maskOnce(text: string): string {
  // What is masked only takes away: what the text as it came cannot hold, no
  // later step can find.
  const hints = findTextHints(text);
  const names = (hints & name) !== 0;
  let masked = text;
  if (names) masked = maskPrivateKeys(masked);
  // Before the names: a "=" in a token is no end of a name.
  if ((hints & token) !== 0) masked = maskTokens(masked);
  if ((hints & common) !== 0) masked = maskCommonTokens(masked);
  if ((hints & at) !== 0) masked = maskUrls(masked);
  if ((hints & host) !== 0) masked = maskSecretAddresses(masked);
  if (names && (hints & separator) !== 0) masked = maskAssignments(masked);
  if (
    (hints & angle) !== 0 ||
    ((hints & space) !== 0 && (names || (hints & (separator | quote)) !== 0))
  ) {
    masked = maskStatements(masked);
  }
  if ((hints & scheme) !== 0 && (hints & space) !== 0) {
    masked = maskSchemes(masked);
  }
  if ((hints & flag) !== 0) masked = maskCommands(masked);
  return maskChance(masked);
}

/**
 * Replaces by `[REDACTED]`, in its place, what looks like a credential: the
 * password of a URL, a bearer or basic header, well-known token forms, JSON
 * Web Tokens, private key blocks, connection strings, `name=value` and
 * `"name": "value"` whose name says secret.
 *
 * The time it takes grows in step with the text, whatever the text is.
 * Masking twice gives what masking once gives.
 *
 * @param text Any text.
 * @returns The text without what looks like a credential; the very same text
 * where there is none.
 */
export function maskCredentials(text: string): string {
  if (text.length < SHORTEST_CREDENTIAL) return text;
  let masked = maskOnce(text);
  // What is masked can bring together what then looks like a credential too.
  for (let round = 1; masked !== text && round < MOST_ROUNDS; round++) {
    const again = maskOnce(masked);
    if (again === masked) break;
    masked = again;
  }
  return masked;
}

/**
 * Whether a value is a credential or holds one, whatever its name:
 * `postgres://user:password@db/app` does, `postgres://db/app` does not.
 *
 * @param value The value of a variable or of a setting.
 * @returns Whether it is to be treated as a secret.
 */
export function isCredential(value: string): boolean {
  return maskCredentials(value) !== value;
}
