/** Decides by its name if a value is a secret: the one definition for all rooms. */

import {
  ASKING_WORDS,
  CONTENT_WORDS,
  DATA_QUESTION_WORDS,
  KEY_PAIR_KINDS,
  nameWords,
  OTHER_PROPERTY_WORDS,
  PLAIN_COMPOUNDS,
  PLAIN_COOKIE_KINDS,
  PLAIN_KEY_KINDS,
  PLAIN_SESSION_KINDS,
  PLAIN_TOKEN_KINDS,
  PREFIX_WORDS,
  PROPERTY_WORDS,
  QUANTITY_WORDS,
  QUESTION_WORDS,
  SECRET_ENDINGS,
  SECRET_KEY_ENDINGS,
  SECRET_KEY_KINDS,
  SECRET_KEY_PURPOSES,
  SECRET_LAST_WORDS,
  SECRET_PASS_KINDS,
  SECRET_SEED_KINDS,
  SECRET_TOKEN_KINDS,
  SECRET_WORDS,
  TELLING_WORDS,
  VARIABLE_PROPERTY_WORDS,
  VARIANT_WORDS,
} from "./secret_words.ts";
import { SENSITIVE_ENV_WORDS } from "./sensitive_env.ts";

// A quick look that rules out most names: each entry of the tables contains one of
// these. A name beyond ASCII is always read in full.
const HINT_REGEXP =
  // deno-lint-ignore no-control-regex
  /[^\u0000-\u007f]|pass|pw|psw|secret|token|key|cred|jwt|bearer|auth|cookie|dsn|otp|salt|pepper|psk|cvv|cvc|ssn|pfx|mnemonic|conn|code|saml|assertion|sig|sess|phrase|seed|answer|pat|pin|sas|csrf|xsrf|hook|priv/i;

const ASCII_LETTER_REGEXP = /^[a-z]/;
const KEY_REGEXP = /^keys?$/;
// "passwords", but not "pass" and "sas".
const PLURAL_REGEXP = /[^as]s$/;
const LONGEST_RUN = 8;
const LONGEST_NAME = 512;

/**
 * Strictness for a name. `"variable"` treats ambiguous names as secrets;
 * `"strict"` also treats names that are only about a secret as secrets.
 */
export type NameReading = "data" | "variable" | "strict";

let variableWords: ReadonlySet<string> | undefined;

/** Returns `true` for words that are secrets only in an environment, any key included. */
function isVariableWord(run: string): boolean {
  variableWords ??= new Set(
    [
      "key",
      "master seed",
      "root seed",
      ...SENSITIVE_ENV_WORDS,
    ]
      .map((entry) => nameWords(entry).join(""))
      .filter((word) => !PREFIX_WORDS.has(word))
      .flatMap((word) => [word, `${word}s`]),
  );
  return variableWords.has(run);
}

/** Matches `apikey`, `githubtokens` and `dbpass`, but not `sortkey`. */
function isKindOfSecret(run: string): boolean {
  for (const [noun, length] of [["keys", 4], ["key", 3]] as const) {
    if (run.endsWith(noun)) return SECRET_KEY_KINDS.has(run.slice(0, -length));
  }
  if (run.endsWith("tokens")) {
    const kind = run.slice(0, -6);
    return SECRET_KEY_KINDS.has(kind) || SECRET_TOKEN_KINDS.has(kind);
  }
  const kind = run.slice(0, -4);
  return run.endsWith("seed")
    ? SECRET_SEED_KINDS.has(kind)
    : run.endsWith("pass") && SECRET_PASS_KINDS.has(kind);
}

function isSecretRun(run: string): boolean {
  return SECRET_WORDS.has(run) || isKindOfSecret(run);
}

function endsWithKind(word: string, kinds: Iterable<string>): boolean {
  return [...kinds].some((kind) => word.endsWith(kind));
}

/** Matches `openaiapikey`, `githubaccesstokens` and `smtppass`, but not `turnkey` or `compass`. */
function isGlued(word: string): boolean {
  const [, kind, noun] = /^(.+?)(keys?|tokens|pass)$/.exec(word) ?? [];
  if (kind === undefined) return false;
  return endsWithKind(
    kind,
    noun === "pass" ? SECRET_PASS_KINDS : SECRET_KEY_ENDINGS,
  );
}

/** Matches the kind of `nextpagetoken` as well. */
function isPlainToken(kind: string): boolean {
  if (PLAIN_TOKEN_KINDS.has(kind)) return true;
  return [...PLAIN_TOKEN_KINDS].some((first) =>
    kind.startsWith(first) && PLAIN_TOKEN_KINDS.has(kind.slice(first.length))
  );
}

/** Matches a single word such as `password` or `PGPASSWORD`. */
function isSecretWord(word: string): boolean {
  if (isSecretRun(word)) return true;
  if (PLAIN_COMPOUNDS.has(word)) return false;
  for (const begin of ["password", "apikey"]) {
    if (word.startsWith(begin)) {
      return !PROPERTY_WORDS.has(word.slice(begin.length));
    }
  }
  const ending = SECRET_ENDINGS.find((ending) => word.endsWith(ending));
  if (ending === undefined) return isGlued(word);
  return ending !== "token" || !isPlainToken(word.slice(0, -5));
}

function isDigits(word: string): boolean {
  return !ASCII_LETTER_REGEXP.test(word) && /^\p{N}+$/u.test(word);
}

/** Matches `encryption_primary_key`: an earlier word names the purpose of the key. */
function hasPurpose(words: readonly string[], at: number): boolean {
  return words.slice(0, at).some((word) => SECRET_KEY_PURPOSES.has(word));
}

/** Matches a public key, or the key of a map. */
function isPlainKey(words: readonly string[], at: number): boolean {
  return KEY_REGEXP.test(words[at] ?? "") &&
    (PLAIN_KEY_KINDS.has(words[at - 1] ?? "") ||
      words.slice(0, at).includes("public"));
}

function isPlainKind(
  words: readonly string[],
  start: number,
  reading: NameReading,
): boolean {
  const kind = words[start - 1] ?? "";
  switch (words[start]) {
    case "token":
      // In data, the token of a page of results; as a variable, that of a website.
      return reading === "data" && PLAIN_TOKEN_KINDS.has(kind);
    case "cookie":
    case "cookies":
      return PLAIN_COOKIE_KINDS.has(kind);
    case "session":
      return PLAIN_SESSION_KINDS.has(kind);
    default:
      return isPlainKey(words, start) ||
        (kind === "public" && KEY_PAIR_KINDS.has(words[start] ?? ""));
  }
}

/** Matches `OAUTH` as the last word, and `PRIVATE_PEM`. */
function isPrefixOfContent(words: readonly string[], start: number): boolean {
  const last = words.length - 1;
  return PREFIX_WORDS.has(words[start] ?? "") &&
    (start === last || CONTENT_WORDS.has(words[last] ?? "")) &&
    !words.includes("public");
}

/** Returns the index after the secret that begins at `start`, or 0. */
function endOfSecret(
  words: readonly string[],
  start: number,
  reading: NameReading,
): number {
  const first = words[start] ?? "";
  const last = words.length - 1;
  if (start === last && SECRET_LAST_WORDS.has(first)) return last + 1;
  const isVariable = reading !== "data";
  if (isVariable && isPrefixOfContent(words, start)) return last + 1;
  // The longest match counts: "secret_id" rather than "secret".
  const limit = Math.min(words.length, start + LONGEST_RUN);
  let run = "";
  let found = 0;
  for (let end = start; end < limit; end++) {
    run += words[end];
    const isSecret = end === start
      ? isSecretWord(run) || (isVariable && isVariableWord(run)) ||
        (KEY_REGEXP.test(run) && hasPurpose(words, start))
      : isSecretRun(run) || (isVariable && isVariableWord(run));
    if (isSecret) found = end + 1;
  }
  const isShort = found === start + 1 || first === "session" ||
    KEY_PAIR_KINDS.has(first);
  return isShort && isPlainKind(words, start, reading) ? 0 : found;
}

/** Matches `no_password`, `max_token`, `max_api_keys`, but not `VIRUS_TOTAL_API_KEYS`. */
function isCounted(
  before: readonly string[],
  noun: string,
  reading: NameReading,
): boolean {
  const quantity = before.at(-1) ?? "";
  if (!QUANTITY_WORDS.has(quantity)) return false;
  if (reading !== "data" && before.length > 1) return false;
  return quantity === "no" || PLURAL_REGEXP.test(noun) ||
    (noun === "token" && reading === "data");
}

/** Returns `true` if the words around the secret only describe it. */
function isAbout(
  words: readonly string[],
  start: number,
  end: number,
  reading: NameReading,
): boolean {
  if (reading === "strict") return false;
  const before = words.slice(0, start);
  const first = before[0] ?? "";
  if (
    QUESTION_WORDS.has(first) ||
    (reading === "data" && DATA_QUESTION_WORDS.has(first)) ||
    before.some((word) => ASKING_WORDS.has(word))
  ) return true;
  const noun = words.slice(start, end).join("");
  if (isCounted(before, noun, reading)) return true;
  if (end === words.length) return false;
  const last = words.at(-1) ?? "";
  return PROPERTY_WORDS.has(last) || OTHER_PROPERTY_WORDS.has(last) ||
    (reading === "variable" && VARIABLE_PROPERTY_WORDS.has(last)) ||
    words.some((word, at) =>
      at >= end && (TELLING_WORDS.has(word) || isPlainKey(words, at))
    ) ||
    (last === "user" && noun.endsWith("auth"));
}

/**
 * Returns the words that make a name that of a secret, in lower case.
 *
 * Names are split into words: `api_key`, `apiKey` and `API-KEY` are the same.
 * `password`, `dbPw`, `client_secret` and `Set-Cookie` are secrets; `custom_key`,
 * `keys`, `author`, `max_tokens` are not, nor are names that are only about a
 * secret (`token_count`, `password_policy`, `has_password`, `api_key_env`).
 */
export function findSecretName(
  name: string,
  reading: NameReading,
): readonly string[] | undefined {
  // Only the ends of a name matter; longer names only cost time.
  const read = name.length > LONGEST_NAME
    ? `${name.slice(0, LONGEST_NAME / 2)} ${name.slice(-LONGEST_NAME / 2)}`
    : name;
  if (!HINT_REGEXP.test(read)) return undefined;
  const words = nameWords(read).filter((word) => !isDigits(word));
  while (words.length > 1 && VARIANT_WORDS.has(words.at(-1) ?? "")) words.pop();
  for (let start = 0; start < words.length;) {
    const end = endOfSecret(words, start, reading);
    if (end > 0 && !isAbout(words, start, end, reading)) {
      return words.slice(start, end);
    }
    start = Math.max(end, start + 1);
  }
  return undefined;
}

/** Returns `true` if a value under this key is a secret. */
export function isSecretKey(key: string): boolean {
  return findSecretName(key, "data") !== undefined;
}
