/**
 * Whether the name of an environment variable keeps it from plugins, and why.
 *
 * @module
 */

import { isKindOfSecret, isSecretWord } from "./secret_keys.ts";
import { nameWords } from "./secret_names.ts";
import {
  SENSITIVE_ENV_PATTERNS,
  SENSITIVE_ENV_WORDS,
} from "./sensitive_env.ts";

/**
 * How the eight patterns are matched: anywhere in a name, or as whole words of
 * it (`MONKEY` is then no `KEY`). `"substring"` is the guide's way, and the safer.
 */
export type EnvMatching = "substring" | "word";

/** Why a variable is withheld. Names the rule, never the value. */
export type WithheldReason =
  | Readonly<{
    /** A pattern of the guide (`"pattern"`), an extra word, or one of the host's own `deny`. */
    kind: "pattern" | "word" | "deny";
    /** The entry that matched. */
    match: string;
  }>
  | Readonly<{
    /** The value itself is or holds a credential. */
    kind: "value";
  }>;

// Neither an entry of the two sets nor an ending of `isSecretWord` is without one
// of these: most names end here.
const HINT_REGEXP =
  // deno-lint-ignore no-control-regex
  /[^\u0000-\u007f]|PASS|PW|PSW|SECRET|KEY|TOKEN|CRED|PRIVATE|AUTH|PAT(?!HS?(?:_|$)|TERN|CH)|JWT|BEARER|COOKIE|SESS|DSN|HOOK|CONN|SAS|SIGNED|SALT|PEPPER|PSK|OTP|PIN|PFX|MNEMONIC|PHRASE|RECOVERY|BACKUP/i;

// deno-lint-ignore no-control-regex
const NOT_ASCII_REGEXP = /[^\u0000-\u007f]/;
// The working directory of every shell.
const PLAIN_NAMES: ReadonlySet<string> = new Set(["PWD", "OLDPWD"]);
const LONGEST_RUN = 8;

// Copies, so that what is withheld hangs on nothing that was handed out.
const PATTERNS: readonly string[] = [...SENSITIVE_ENV_PATTERNS];
let words: ReadonlyMap<string, string> | undefined;
let patternWords: ReadonlyMap<string, string> | undefined;

// The names of variables are few, and asked about again at each reading.
const MAX_KNOWN = 5_000;
const LONGEST_KNOWN = 128;
const knownAnywhere = new Map<string, WithheldReason | null>();
const knownByWord = new Map<string, WithheldReason | null>();

function joined(entry: string): string {
  return nameWords(entry).join("");
}

function readWords(): ReadonlyMap<string, string> {
  return new Map(
    [...SENSITIVE_ENV_WORDS].flatMap((word) => [
      [joined(word), word],
      [`${joined(word)}s`, word],
    ]),
  );
}

function readPatternWords(): ReadonlyMap<string, string> {
  return new Map(
    PATTERNS.flatMap((pattern) => {
      const word = joined(pattern);
      // "TOKENS" is what a model counts; the plural of the others is as secret as one.
      return word === "token"
        ? [[word, pattern]]
        : [[word, pattern], [`${word}s`, pattern]];
    }),
  );
}

function sensitiveWord(run: string): string | undefined {
  words ??= readWords();
  return words.get(run);
}

function findRun(
  words: readonly string[],
  find: (run: string) => string | undefined,
): string | undefined {
  // A word by itself is the better reason than two that are read as one.
  for (const word of words) {
    const match = find(word);
    if (match !== undefined) return match;
  }
  for (let start = 0; start < words.length; start++) {
    let run = "";
    for (const word of words.slice(start, start + LONGEST_RUN)) {
      run += word;
      const match = find(run);
      if (match !== undefined) return match;
    }
  }
  return undefined;
}

function patternWord(run: string): string | undefined {
  patternWords ??= readPatternWords();
  return patternWords.get(run) ?? (isKindOfSecret(run) ? "TOKEN" : undefined);
}

function patternIn(name: string, upper: string): string | undefined {
  for (const pattern of PATTERNS) if (upper.includes(pattern)) return pattern;
  if (!NOT_ASCII_REGEXP.test(name)) return undefined;
  const plain = nameWords(name).join("_").toUpperCase();
  return PATTERNS.find((pattern) => plain.includes(pattern));
}

/**
 * Whether an entry of the host's `deny` matches a name.
 *
 * @param name The name of the variable.
 * @param entry What the host denies.
 * @param matching How it is matched.
 * @returns Whether the name is denied.
 */
function isDenied(name: string, entry: string, matching: EnvMatching): boolean {
  if (entry === "") return false;
  if (matching !== "word") {
    return name.toUpperCase().includes(entry.toUpperCase());
  }
  const run = joined(entry);
  return findRun(nameWords(name), (text) => text === run ? run : undefined) !==
    undefined;
}

function judge(name: string, matching: EnvMatching): WithheldReason | null {
  if (!HINT_REGEXP.test(name)) return null;
  const upper = name.toUpperCase();
  if (PLAIN_NAMES.has(upper)) return null;
  // Whatever is not asked for by its name gets the stricter way.
  if (matching !== "word") {
    const match = patternIn(name, upper);
    if (match !== undefined) return Object.freeze({ kind: "pattern", match });
  }
  const parts = nameWords(name);
  if (matching === "word") {
    const match = findRun(parts, patternWord);
    if (match !== undefined) return Object.freeze({ kind: "pattern", match });
  }
  const word = findRun(parts, sensitiveWord) ??
    parts.find(isSecretWord)?.toUpperCase();
  return word === undefined
    ? null
    : Object.freeze({ kind: "word", match: word });
}

/**
 * Says why a variable of this name is withheld from plugins.
 *
 * @param name The name of the variable, in any case.
 * @param matching How the eight patterns and `deny` are matched.
 * @param deny More patterns, of the host.
 * @returns The first reason found, or `undefined` where the name gives none.
 */
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
