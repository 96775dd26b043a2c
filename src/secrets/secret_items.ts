/**
 * Secrets that a name beside them gives away: in pairs, lists and maps of data.
 *
 * @module
 */

import { isSecretKey } from "./secret_keys.ts";
import { nameWords, PROPERTY_WORDS, QUESTION_WORDS } from "./secret_names.ts";

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

/** Reads a text beside a value as the name of a secret. */
function saysSecret(name: unknown): boolean {
  return typeof name === "string" && name.length <= LONGEST_PAIR_NAME &&
    isSecretKey(name);
}

/**
 * Decides if an object names its value, and by that name is a secret's.
 *
 * @param get Reads a property of the object.
 * @returns Whether what is under {@linkcode PAIR_VALUE} is a secret.
 */
export function isSecretPair(get: (key: string) => unknown): boolean {
  return PAIR_NAMES.some((key) => saysSecret(get(key)));
}

/**
 * Decides if an item of a list is a secret by the item before it: the second of a
 * pair in a list of pairs, or what follows the name of a header. A plain list
 * of names (`["password", "email"]`) holds none.
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
 * Decides if a key holds a map of secrets by name: `secrets`, `api_keys`,
 * `passwords`, and neither `keys` nor `credentials`.
 *
 * @param key The key.
 * @returns Whether the values of an object there are secrets.
 */
export function isSecretMap(key: string): boolean {
  return MAP_REGEXP.test(key) && isSecretKey(key);
}

/**
 * Decides if a key in a map of secrets is the name of one, and not a setting of
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
