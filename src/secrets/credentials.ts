/**
 * Credentials inside a text.
 *
 * Almost no text contains a credential, but every string of every audit event is
 * checked for one. A prefilter therefore reads the text once, character by
 * character, and notes what it contains: an `@`, a space, three letters that
 * begin a token or a secret's name. Each regular expression then runs only on a
 * text that contains what it needs; most texts run none. The prefilter may report
 * too much, never too little. It cuts the average cost by a factor of six.
 */

import { maskAssignments } from "./assignments.ts";
import { maskCommands, maskStatements } from "./statements.ts";
import {
  maskCommonTokens,
  maskHighEntropy,
  maskPrivateKeys,
  maskTokens,
  TOKEN_FORMS,
} from "./tokens.ts";
import {
  maskSchemes,
  maskSecretAddresses,
  maskUrls,
} from "./urls_and_headers.ts";

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
