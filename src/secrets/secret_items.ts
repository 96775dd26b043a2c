/**
 * Secrets that a name beside them gives away: in pairs, lists and maps of data.
 */

import { maskCredentials } from "./credentials.ts";
import { alignSpans, isPlaceholder } from "./redaction.ts";
import { isSecretKey } from "./secret_names.ts";
import { nameWords, PROPERTY_WORDS, QUESTION_WORDS } from "./secret_words.ts";

// An object that names its value: `{ name: "token", value: "x" }`, and one that
// tells of a change: `{ field: "password", old: "x", new: "y" }`.
const PAIR_NAME_REGEXP =
  /^(?:name|key|header|field|path|property|attribute|setting|option|variable|env|param|parameter|k)$/i;
const PAIR_VALUE_REGEXP = /^(?:values?|val|v|content)$/i;
const CHANGE_NAME_REGEXP = /^(?:key|field|path|property|setting|variable)$/i;
const CHANGE_VALUE_REGEXP =
  /^(?:(?:old|new|previous|current)(?:_?value)?|before|after|from|to)$/i;
const LONGEST_PAIR_NAME = 256;

// A list of arguments, and the command that it is for.
const ARGUMENTS_REGEXP = /^(?:args?|argv|arguments|command_?line|cmd)$/i;
const COMMAND_REGEXP = /^(?:command|cmd|file|executable|program|binary|bin)$/i;
const FLAG_REGEXP = /^--?[A-Za-z]/;
const ARGUMENT_STOP_REGEXP = /[\s"'|;&]/g;
const LONGEST_ARGUMENT = 128;

// Only these are told from a list of names: what follows them is never a word.
const HEADER_REGEXP = /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i;
const HEADER_VALUE_REGEXP = /[\s=]/;
const HEADER_NAME_REGEXP = /^[A-Za-z][A-Za-z\d-]{0,63}$/;
const HEADERS_REGEXP = /headers$/i;
// A list that has one of these for a name has headers, with their values.
const KNOWN_HEADER_REGEXP =
  /^(?:x-.+|accept|accept-.+|authorization|cache-control|connection|content-.+|cookie|date|etag|host|if-.+|keep-alive|location|origin|pragma|proxy-.+|range|referer|sec-.+|server|set-cookie|te|transfer-encoding|upgrade|user-agent|vary|via)$/i;

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

const NO_ITEMS: ReadonlySet<number> = new Set();

/** Reads a text beside a value as the name of a secret. */
function saysSecret(name: unknown): boolean {
  return typeof name === "string" && name.length <= LONGEST_PAIR_NAME &&
    isSecretKey(name);
}

/** The part that a field plays for others of its object, by its key alone. */
export type FieldRole = "value" | "change" | "arguments" | "other";

/**
 * Reads the key of a field as part of a whole: the value of a pair, the old or
 * the new value of a change, the arguments of a command.
 */
export function fieldRole(key: string): FieldRole {
  if (PAIR_VALUE_REGEXP.test(key)) return "value";
  if (CHANGE_VALUE_REGEXP.test(key)) return "change";
  return ARGUMENTS_REGEXP.test(key) ? "arguments" : "other";
}

/**
 * Decides if an object names a value in its other fields, and by that name it is
 * a secret: `{ name: "token", value: "x" }`, `{ Key: "DB_PASSWORD", Value: "x" }`,
 * `{ field: "password", old: "x", new: "y" }`.
 */
export function isNamedSecret(
  role: FieldRole,
  keys: readonly string[],
  get: (key: string) => unknown,
): boolean {
  if (role !== "value" && role !== "change") return false;
  const names = role === "value" ? PAIR_NAME_REGEXP : CHANGE_NAME_REGEXP;
  return keys.some((key) => names.test(key) && saysSecret(get(key)));
}

/** The place of a list. */
export interface ListPlace {
  /** The key that it is under; empty without one. */
  readonly key: string;
  /** Set for an item of a list or of a set. */
  readonly isInList: boolean;
  /** The command that a list of arguments is for. */
  readonly command?: string | undefined;
}

/**
 * Finds the command that a list of arguments is for: `{ command: "mysql", args }`.
 */
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

/** Arguments as they stand on a command line: what follows a flag may be its value. */
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
    // What an argument holds itself is masked in its place: "--token=x".
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

/** Names and values of headers in one list, as `rawHeaders` of Node has them. */
function isHeaders(items: readonly unknown[], key: string): boolean {
  if (items.length % 2 !== 0) return false;
  let isKnown = HEADERS_REGEXP.test(key);
  for (let index = 0; index < items.length; index += 2) {
    const name = items[index];
    if (typeof name !== "string" || !HEADER_NAME_REGEXP.test(name)) {
      return false;
    }
    isKnown ||= isKnownHeader(name);
    // A list of names has names there too.
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
  if (place.isInList && items.length === 2) return saysSecret(previous);
  return typeof item === "string" && HEADER_REGEXP.test(previous) &&
    HEADER_VALUE_REGEXP.test(item);
}

/**
 * Finds the items of a list that are secrets by an item before them: the second
 * of a pair in a list of pairs, the value of a flag or of a header. A plain list
 * of names (`["password", "email"]`) holds none.
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
      (hasHeaders && index % 2 === 1 && saysSecret(items[index - 1]));
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

/**
 * Decides if a key holds a map of secrets by name: `secrets`, `api_keys`,
 * `passwords`, and neither `keys` nor `credentials`.
 */
export function isSecretMap(key: string): boolean {
  return MAP_REGEXP.test(key) && isSecretKey(key);
}

/**
 * Decides if a key in a map of secrets is the name of one, and not a setting of
 * the map: `db` is, `provider` is not.
 */
export function isNameInMap(key: string): boolean {
  const words = nameWords(key);
  const last = words.at(-1) ?? "";
  if (words.length > 1 && QUESTION_WORDS.has(words[0] ?? "")) return false;
  return !PROPERTY_WORDS.has(last) && !MAP_FIELDS.has(last);
}
