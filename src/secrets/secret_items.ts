/** Secrets in data that a name beside them reveals: in pairs, lists and maps. */

import { maskCredentials } from "./credentials.ts";
import { alignSpans, isPlaceholder } from "./redaction.ts";
import { isSecretKey } from "./secret_names.ts";
import { nameWords, PROPERTY_WORDS, QUESTION_WORDS } from "./secret_words.ts";

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
