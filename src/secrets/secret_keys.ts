/**
 * Whether a key of data, or a name beside a value, says that the value is a
 * secret.
 *
 * @module
 */

import {
  nameWords,
  PLAIN_COMPOUNDS,
  PLAIN_TOKEN_KINDS,
  PROPERTY_WORDS,
  QUESTION_WORDS,
  SECRET_ENDINGS,
  SECRET_KEY_KINDS,
  SECRET_LAST_WORDS,
  SECRET_TOKEN_KINDS,
  SECRET_WORDS,
} from "./secret_names.ts";

// Most names are told apart by this one look: no entry of the table is without
// one of these. What is not ASCII is always read in full.
const HINT_REGEXP =
  // deno-lint-ignore no-control-regex
  /[^\u0000-\u007f]|pass|pw|psw|secret|token|key|cred|jwt|bearer|auth|cookie|dsn|otp|salt|pepper|psk|cvv|cvc|ssn|pfx|mnemonic|conn|code|saml|assertion|sig|sess|phrase|seed|answer|pat|pin|sas|csrf|xsrf|hook/i;

const ASCII_LETTER_REGEXP = /^[a-z]/;
const LONGEST_RUN = 8;
const LONGEST_NAME = 512;

/**
 * Whether a run of words, written together, ends in a key or in tokens of a
 * kind that is secret: `apikey`, `githubtokens`.
 *
 * @param run The words, in lower case, without anything between them.
 * @returns Whether it names secrets.
 */
export function isKindOfSecret(run: string): boolean {
  for (const [noun, length] of [["keys", 4], ["key", 3]] as const) {
    if (run.endsWith(noun)) return SECRET_KEY_KINDS.has(run.slice(0, -length));
  }
  if (!run.endsWith("tokens")) return false;
  const kind = run.slice(0, -6);
  return SECRET_KEY_KINDS.has(kind) || SECRET_TOKEN_KINDS.has(kind);
}

/**
 * Whether one word alone is a secret's, `PGPASSWORD` as much as `password`.
 *
 * @param word The word, in lower case.
 * @returns Whether it names a secret.
 */
export function isSecretWord(word: string): boolean {
  if (SECRET_WORDS.has(word) || isKindOfSecret(word)) return true;
  if (PLAIN_COMPOUNDS.has(word)) return false;
  if (word.startsWith("password")) return !PROPERTY_WORDS.has(word.slice(8));
  const ending = SECRET_ENDINGS.find((ending) => word.endsWith(ending));
  if (ending === undefined) return false;
  return ending !== "token" || !PLAIN_TOKEN_KINDS.has(word.slice(0, -5));
}

/** A word has letters or digits and never both. */
function isDigits(word: string): boolean {
  return !ASCII_LETTER_REGEXP.test(word) && /^\p{N}+$/u.test(word);
}

/** The index after the secret that begins at `start`, or 0 where none does. */
function endOfSecret(words: readonly string[], start: number): number {
  const first = words[start] ?? "";
  const last = words.length - 1;
  if (start === last && SECRET_LAST_WORDS.has(first)) return last + 1;
  // The longest run is the one that is meant: "secret_id" more than "secret".
  const limit = Math.min(words.length, start + LONGEST_RUN);
  let run = "";
  let found = 0;
  for (let end = start; end < limit; end++) {
    run += words[end];
    if (end === start ? isSecretWord(run) : isSecretRun(run)) found = end + 1;
  }
  const isPlainToken = found === start + 1 && first === "token" &&
    PLAIN_TOKEN_KINDS.has(words[start - 1] ?? "");
  return isPlainToken ? 0 : found;
}

function isSecretRun(run: string): boolean {
  return SECRET_WORDS.has(run) || isKindOfSecret(run);
}

/**
 * Whether the key of a detail or a setting says that its value is a secret.
 *
 * Keys are read as words: `api_key`, `apiKey` and `API-KEY` are the same.
 * `password`, `dbPw`, `client_secret`, `Set-Cookie` say secret; `custom_key`,
 * `keys`, `author`, `max_tokens` and what is only about a secret
 * (`token_count`, `password_policy`, `has_password`, `api_key_env`) do not.
 *
 * @param key The key as it is written.
 * @returns Whether its value is to be treated as a secret.
 */
export function isSecretKey(key: string): boolean {
  // What a name says stands at its ends; no name is longer but to be a burden.
  const name = key.length > LONGEST_NAME
    ? `${key.slice(0, LONGEST_NAME / 2)} ${key.slice(-LONGEST_NAME / 2)}`
    : key;
  if (!HINT_REGEXP.test(name)) return false;
  const words = nameWords(name).filter((word) => !isDigits(word));
  const isQuestion = words.length > 1 && QUESTION_WORDS.has(words[0] ?? "");
  const isProperty = PROPERTY_WORDS.has(words.at(-1) ?? "");
  if (isQuestion) return false;
  for (let start = 0; start < words.length; start++) {
    const end = endOfSecret(words, start);
    if (end > 0 && (end === words.length || !isProperty)) return true;
  }
  return false;
}

/** The keys of an object that names its value: `{ name: "token", value: "x" }`. */
const PAIR_NAMES: readonly string[] = ["name", "key", "header"];

/** The key of the value in such an object. */
export const PAIR_VALUE = "value";

// Only these are told from a list of names: what follows them is never a word.
const HEADER_REGEXP = /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i;
const HEADER_VALUE_REGEXP = /[\s=]/;
const LONGEST_PAIR_NAME = 256;

// A map of these has names of its own for keys; "credentials" has fields.
const MAP_REGEXP =
  /(?:secrets|passwords|passwds|pwds|passphrases|passcodes|keys|tokens|jwts|dsns)$/i;
const MAP_FIELDS: ReadonlySet<string> = new Set([
  "user",
  "username",
  "usernames",
  "region",
  "vault",
  "project",
  "namespace",
  "engine",
]);

/** Whether a text beside a value says that the value is a secret. */
function saysSecret(name: unknown): boolean {
  return typeof name === "string" && name.length <= LONGEST_PAIR_NAME &&
    isSecretKey(name);
}

/**
 * Whether an object names its value, and says by that name that it is a secret.
 *
 * @param get Reads a property of the object.
 * @returns Whether what is under {@linkcode PAIR_VALUE} is a secret.
 */
export function isSecretPair(get: (key: string) => unknown): boolean {
  return PAIR_NAMES.some((key) => saysSecret(get(key)));
}

/**
 * Whether an item of a list is a secret by the item before it: the second of a
 * pair in a list of pairs, or what follows the name of a header. A plain list
 * of names (`["password", "email"]`) is none.
 *
 * @param list How long the list is, and whether it stands in a list itself.
 * @param index Where the item stands.
 * @param previous The item before it.
 * @param item The item.
 * @returns Whether it is a secret.
 */
export function isSecretItem(
  list: Readonly<{ length: number; isInList: boolean }>,
  index: number,
  previous: unknown,
  item: unknown,
): boolean {
  if (typeof previous !== "string") return false;
  if (list.isInList && list.length === 2 && index === 1) {
    return saysSecret(previous);
  }
  return typeof item === "string" && HEADER_REGEXP.test(previous) &&
    HEADER_VALUE_REGEXP.test(item);
}

/**
 * Whether a key holds a map of secrets by name: `secrets`, `api_keys`,
 * `passwords`, and neither `keys` nor `credentials`.
 *
 * @param key The key.
 * @returns Whether the values of an object there are secrets.
 */
export function isSecretMap(key: string): boolean {
  return MAP_REGEXP.test(key) && isSecretKey(key);
}

/**
 * Whether a key in a map of secrets is the name of one, and not a setting of
 * the map: `db` is, `provider` is not.
 *
 * @param key The key.
 * @returns Whether its value is a secret.
 */
export function isNameInMap(key: string): boolean {
  const words = nameWords(key);
  const last = words.at(-1) ?? "";
  if (words.length > 1 && QUESTION_WORDS.has(words[0] ?? "")) return false;
  return !PROPERTY_WORDS.has(last) && !MAP_FIELDS.has(last);
}
