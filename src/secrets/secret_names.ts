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

// Most names are told apart by this one look: no entry of the table is without
// one of these. What is not ASCII is always read in full.
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
 * Ways to read a name. As the name of a variable, what is in doubt is a secret;
 * read strictly, what is only about a secret is one too.
 */
export type NameReading = "data" | "variable" | "strict";

let variableWords: ReadonlySet<string> | undefined;

/** In an environment these say "secret" too, a key of any kind among them. */
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

/** `apikey`, `githubtokens` and `dbpass` are of a kind that is secret, `sortkey` is not. */
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

/** `openaiapikey`, `githubaccesstokens` and `smtppass`, but not `turnkey` or `compass`. */
function isGlued(word: string): boolean {
  const [, kind, noun] = /^(.+?)(keys?|tokens|pass)$/.exec(word) ?? [];
  if (kind === undefined) return false;
  return endsWithKind(
    kind,
    noun === "pass" ? SECRET_PASS_KINDS : SECRET_KEY_ENDINGS,
  );
}

/** The plain tokens are glued as well: `nextpagetoken`. */
function isPlainToken(kind: string): boolean {
  if (PLAIN_TOKEN_KINDS.has(kind)) return true;
  return [...PLAIN_TOKEN_KINDS].some((first) =>
    kind.startsWith(first) && PLAIN_TOKEN_KINDS.has(kind.slice(first.length))
  );
}

/** One word alone is a secret's, `PGPASSWORD` as much as `password`. */
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

/** A word has letters or digits and never both. */
function isDigits(word: string): boolean {
  return !ASCII_LETTER_REGEXP.test(word) && /^\p{N}+$/u.test(word);
}

/** `encryption_primary_key`: more than one word says what the key is for. */
function hasPurpose(words: readonly string[], at: number): boolean {
  return words.slice(0, at).some((word) => SECRET_KEY_PURPOSES.has(word));
}

/** A public key, or the name of a place. */
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
      // In data the token of a page of results, as a variable that of a site.
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

/** These say it with the last word, their own or that of a text: `PRIVATE_PEM`. */
function isPrefixOfContent(words: readonly string[], start: number): boolean {
  const last = words.length - 1;
  return PREFIX_WORDS.has(words[start] ?? "") &&
    (start === last || CONTENT_WORDS.has(words[last] ?? "")) &&
    !words.includes("public");
}

/** The index after the secret that begins at `start`, or 0 if none begins there. */
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
  // The longest run is the one that is meant: "secret_id" more than "secret".
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

/** `no_password`, `max_token`, `max_api_keys`; a variable of `VIRUS_TOTAL` is no count. */
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

/** The words around the secret ask about it, or tell of it. */
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
 * Finds what makes a name a secret's.
 *
 * Keys are read as words: `api_key`, `apiKey` and `API-KEY` are the same.
 * `password`, `dbPw`, `client_secret`, `Set-Cookie` say secret; `custom_key`,
 * `keys`, `author`, `max_tokens` and what is only about a secret
 * (`token_count`, `password_policy`, `has_password`, `api_key_env`) do not.
 */
export function findSecretName(
  name: string,
  reading: NameReading,
): readonly string[] | undefined {
  // What a name says stands at its ends; no name is longer but to be a burden.
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

/**
 * Decides if the key of a detail or a setting says that its value is a secret.
 */
export function isSecretKey(key: string): boolean {
  return findSecretName(key, "data") !== undefined;
}
