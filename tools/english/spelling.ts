import dictionary from "dictionary-en";
// @ts-types="@types/typo-js"
import Typo from "typo-js";
import type { IsWord } from "./judge_english.ts";

/**
 * Loads the American English dictionary.
 *
 * @param projectWords Words of the project, one a line; `#` begins a comment.
 * @returns A check of one word, which ignores the ending of a possessive or plural.
 */
export function createSpelling(projectWords: string): IsWord {
  const decoder = new TextDecoder();
  const typo = new Typo(
    "en_US",
    decoder.decode(dictionary.aff),
    decoder.decode(dictionary.dic),
  );
  const known = new Set(
    projectWords.split("\n").map((line) => line.replace(/#.*/, "").trim()),
  );
  const remembered = new Map<string, boolean>();
  return (word) => {
    const plain = word.replaceAll("’", "'").replace(/'s$/, "");
    const found = remembered.get(plain) ??
      ([plain, plain.toLowerCase(), plain.toLowerCase().replace(/s$/, "")]
        .some((form) => known.has(form)) || typo.check(plain));
    remembered.set(plain, found);
    return found;
  };
}
