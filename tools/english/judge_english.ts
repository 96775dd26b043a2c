import { OPENERS, PHRASES } from "./phrases.ts";
import type { Prose } from "./read_prose.ts";

/** A place to rewrite. */
export interface Finding {
  readonly kind: "opener" | "phrase" | "spelling";
  readonly path: string;
  readonly line: number;
  /** The words at that place. */
  readonly found: string;
  /** The better words. */
  readonly instead: string;
}

/** The result for many files. */
export interface EnglishReport {
  readonly docstrings: number;
  readonly findings: readonly Finding[];
  /** Docstrings that begin with a question word, in percent. */
  readonly openerShare: number;
  /** Stilted phrases in 10,000 words. */
  readonly phraseRate: number;
  readonly misspelled: number;
}

/** Checks whether a word is spelled correctly. */
export type IsWord = (word: string) => boolean;

// Identifiers, file names, options and acronyms are skipped: they have a capital,
// a digit or a joint inside, or beside them.
const WORD_REGEXP =
  /(?<![\p{L}\p{N}_$@/.&-])\p{L}\p{Ll}+(?:['’]\p{Ll}+)*(?![\p{L}\p{N}_$@/]|[.:]\p{L}|-\p{Lu})/gu;

function lineOf({ line, text }: Prose, index: number): number {
  return line + text.slice(0, index).split("\n").length - 1;
}

function findOpener(prose: Prose): readonly Finding[] {
  const index = prose.text.search(/\S/);
  const text = prose.text.slice(index);
  return OPENERS.flatMap(({ instead, pattern }) =>
    [...pattern.exec(text) ?? []].map((found) => ({
      kind: "opener" as const,
      path: prose.path,
      line: lineOf(prose, index),
      found,
      instead,
    }))
  );
}

function findPhrases(prose: Prose): readonly Finding[] {
  return PHRASES.flatMap(({ instead, pattern }) =>
    [...prose.text.matchAll(pattern)].map(({ 0: found, index }) => ({
      kind: "phrase" as const,
      path: prose.path,
      line: lineOf(prose, index),
      found: found.replace(/\s+/g, " "),
      instead,
    }))
  );
}

function findMisspelled(prose: Prose, isWord: IsWord): readonly Finding[] {
  // These name code without a mark.
  if (prose.kind === "test" || prose.kind === "comment") return [];
  return [...prose.text.matchAll(WORD_REGEXP)]
    .filter(([word]) => !isWord(word))
    .map(({ 0: found, index }) => ({
      kind: "spelling" as const,
      path: prose.path,
      line: lineOf(prose, index),
      found,
      instead:
        "the right spelling, or add it to tools/english/project_words.txt",
    }));
}

function isDocumented({ kind, text }: Prose): boolean {
  const [first = ""] = /\S.*/.exec(text) ?? [];
  return kind === "docstring" && first !== "" && !first.startsWith("@");
}

/**
 * Counts what a native engineer stumbles over.
 *
 * @param prose The English of the files.
 * @param isWord Checks whether a word is spelled correctly.
 * @returns The findings in the order of the files, and what they amount to.
 */
export function judgeEnglish(
  prose: readonly Prose[],
  isWord: IsWord,
): EnglishReport {
  const docstrings = prose.filter(isDocumented);
  // Comments and names of tests add findings, but no words that would hide them.
  const words = prose.filter(({ kind }) =>
    kind === "docstring" || kind === "page"
  )
    .reduce((sum, { text }) => sum + (text.match(/\S+/g)?.length ?? 0), 0);
  const openers = docstrings.flatMap(findOpener);
  const phrases = prose.flatMap(findPhrases);
  const misspelled = prose.flatMap((one) => findMisspelled(one, isWord));
  return {
    docstrings: docstrings.length,
    findings: [...openers, ...phrases, ...misspelled],
    openerShare: docstrings.length === 0
      ? 0
      : 100 * openers.length / docstrings.length,
    phraseRate: 10_000 * phrases.length / Math.max(1, words),
    misspelled: misspelled.length,
  };
}
