/** Decides by its name if an environment variable is withheld from plugins. */

import { findSecretName } from "./secret_names.ts";
import { nameWords } from "./secret_words.ts";
import {
  SENSITIVE_ENV_PATTERNS,
  SENSITIVE_ENV_WORDS,
} from "./sensitive_env.ts";

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
