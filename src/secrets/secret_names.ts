/** Names of variables and keys that hold secrets. */

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

const READING_METHODS = [
  "has",
  "keys",
  "values",
  "entries",
  Symbol.iterator,
  "union",
  "intersection",
  "difference",
  "symmetricDifference",
  "isSubsetOf",
  "isSupersetOf",
  "isDisjointFrom",
] as const;

function refuseChange(): never {
  throw new TypeError("Cannot change a set of this package: it is read-only");
}

/**
 * Creates a set that nobody can change, not even through `Set.prototype.add.call`:
 * its members are kept out of reach. `Object.freeze` would not freeze them.
 */
function frozenSet<T>(values: Iterable<T>): ReadonlySet<T> {
  const kept: ReadonlySet<T> = new Set(values);
  const set: ReadonlySet<T> = Object.create(Set.prototype);
  function define(key: PropertyKey, value: unknown): void {
    Object.defineProperty(set, key, { value });
  }

  for (const key of ["add", "delete", "clear"]) define(key, refuseChange);
  for (const key of READING_METHODS) define(key, kept[key].bind(kept));
  define("size", kept.size);
  define("forEach", (visit: Parameters<ReadonlySet<T>["forEach"]>[0]) => {
    for (const value of kept) visit(value, value, set);
  });
  define(
    Symbol.for("Deno.customInspect"),
    (inspect: (value: unknown, options: unknown) => string, options: unknown) =>
      inspect(new Set(kept), options),
  );
  return Object.freeze(set);
}

/**
 * Patterns of sensitive names. A variable whose name contains one of them, in
 * any case, is withheld from plugins.
 *
 * Read-only at run time as well: a plugin cannot empty it.
 *
 * @example A withheld name
 * ```ts
 * import { SENSITIVE_ENV_PATTERNS } from "@semantik/plugins";
 * import { assert } from "@std/assert";
 *
 * assert(SENSITIVE_ENV_PATTERNS.has("PASSWORD"));
 * ```
 */
export const SENSITIVE_ENV_PATTERNS: ReadonlySet<string> = frozenSet([
  "PASSWORD",
  "SECRET",
  "KEY",
  "TOKEN",
  "CREDENTIAL",
  "API_KEY",
  "PRIVATE",
  "AUTH",
]);

/**
 * Sensitive words that the patterns miss, matched as whole words of a name: `PASS`
 * is in `DB_PASS`, but not in `COMPASS_URL`. An entry of two words matches both
 * side by side, joined or separated. Each matches its plural as well. These are not
 * all: `ACCESS_CODE` and `WALLET_SEED` are withheld too.
 *
 * Read-only at run time as well: a plugin cannot empty it.
 *
 * @example A whole word
 * ```ts
 * import { SENSITIVE_ENV_WORDS } from "@semantik/plugins/environment";
 * import { assert } from "@std/assert";
 *
 * assert(SENSITIVE_ENV_WORDS.has("DSN"));
 * ```
 */
export const SENSITIVE_ENV_WORDS: ReadonlySet<string> = frozenSet(
  `
  PASS PASSWD PASSPHRASE PASSCODE PWD PW PSW PSWD HTPASSWD SSHPASS DBPASS
  USERPASS SMTPPASS CRED CREDS PAT JWT BEARER OAUTH COOKIE SESSID DSN WEBHOOK
  CONNECTION_STRING CONN_STRING CONN_STR SAS SIGNED_URL PRESIGNED_URL SALT
  PEPPER PSK OTP TOTP PIN PFX MNEMONIC SEED_PHRASE RECOVERY_PHRASE RECOVERY_CODE
  BACKUP_CODE
`.trim().split(/\s+/),
);

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
function findSecretName(
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

/**
 * The matching of names. `"substring"`, the default and the safer one, finds the
 * eight patterns anywhere in a name. `"word"` matches words: `MONKEY` has no `KEY`,
 * and `JWT_ISSUER` only describes a secret.
 */
export type EnvMatching = "substring" | "word";

/** The reason why a variable is withheld: the rule, never the value. */
export type WithheldReason =
  | Readonly<{
    /** A pattern, an extra word, or an entry of the host's option `deny`. */
    kind: "pattern" | "word" | "deny";
    /** The entry that matched. */
    match: string;
  }>
  | Readonly<{
    /** The value is or contains a credential. */
    kind: "value";
  }>;

// deno-lint-ignore no-control-regex
const NOT_ASCII_REGEXP = /[^\u0000-\u007f]/;
// The working directory of every shell.
const PLAIN_NAMES: ReadonlySet<string> = new Set(["PWD", "OLDPWD"]);

// A copy: decisions must not depend on an object that others hold.
const PATTERNS: readonly string[] = [...SENSITIVE_ENV_PATTERNS];

// There are few names, and each is checked again at every reading.
const MAX_KNOWN = 5_000;
const LONGEST_KNOWN = 128;
const knownAnywhere = new Map<string, WithheldReason | null>();
const knownByWord = new Map<string, WithheldReason | null>();

function joined(entry: string): string {
  return nameWords(entry).join("");
}

function hasRun(words: readonly string[], start: number, run: string): boolean {
  let text = "";
  for (let at = start; at < words.length && text.length < run.length; at++) {
    text += words[at];
  }
  return text === run;
}

function patternIn(name: string, upper: string): string | undefined {
  for (const pattern of PATTERNS) if (upper.includes(pattern)) return pattern;
  if (!NOT_ASCII_REGEXP.test(name)) return undefined;
  const plain = nameWords(name).join("_").toUpperCase();
  return PATTERNS.find((pattern) => plain.includes(pattern));
}

function isDenied(name: string, entry: string, matching: EnvMatching): boolean {
  if (entry === "") return false;
  if (matching !== "word") {
    return name.toUpperCase().includes(entry.toUpperCase());
  }
  const run = joined(entry);
  const words = nameWords(name);
  return run !== "" && words.some((_, start) => hasRun(words, start, run));
}

/** Finds the entry of the two sets behind the words of a name. */
function explain(words: readonly string[]): WithheldReason {
  const run = words.join("");
  const upper = run.toUpperCase();
  const pattern = PATTERNS.find((pattern) => upper.includes(pattern));
  if (pattern !== undefined) {
    return Object.freeze({ kind: "pattern", match: pattern });
  }
  // "DB_PASS" is withheld by "PASS".
  const texts = [words.at(-1) ?? "", run];
  const entry = [...SENSITIVE_ENV_WORDS].find((entry) =>
    texts.includes(joined(entry)) || texts.includes(`${joined(entry)}s`)
  );
  return Object.freeze({ kind: "word", match: entry ?? upper });
}

function judge(name: string, matching: EnvMatching): WithheldReason | null {
  const upper = name.toUpperCase();
  if (PLAIN_NAMES.has(upper)) return null;
  // Any other value gets the stricter matching.
  if (matching !== "word") {
    const match = patternIn(name, upper);
    if (match !== undefined) return Object.freeze({ kind: "pattern", match });
  }
  const found = findSecretName(
    name,
    matching === "word" ? "variable" : "strict",
  );
  return found === undefined ? null : explain(found);
}

/** Returns the first reason to withhold a variable of this name, if any. */
export function withheldBecause(
  name: string,
  matching: EnvMatching = "substring",
  deny: readonly string[] = [],
): WithheldReason | undefined {
  if (deny.length > 0) {
    const match = deny.find((entry) => isDenied(name, entry, matching));
    if (match !== undefined) return { kind: "deny", match };
  }
  const known = matching === "word" ? knownByWord : knownAnywhere;
  let reason = known.get(name);
  if (reason === undefined) {
    reason = judge(name, matching);
    if (known.size >= MAX_KNOWN) known.clear();
    if (name.length <= LONGEST_KNOWN) known.set(name, reason);
  }
  return reason ?? undefined;
}
