/**
 * Reading a name as words.
 *
 * @module
 */

const ASCII_WORD_REGEXP = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
const WORD_REGEXP = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lm}\p{Lo}]+|\p{N}+/gu;
// deno-lint-ignore no-control-regex
const NOT_ASCII_REGEXP = /[^\u0000-\u007f]/;
const UNSEEN_REGEXP = /[\p{M}\p{Cf}]/gu;

function foldWord(word: string): string {
  // Upper case first: it is what turns "paßword" into the word that it is read as.
  return word.toUpperCase().toLowerCase();
}

/**
 * The words of an identifier, in lower case: `api_key`, `apiKey`, `API-KEY`
 * and `APIKey` all give `["api", "key"]`.
 *
 * Digits are words of their own. Letters that only look different are read as
 * what they are read as: width, ligatures, accents and invisible characters
 * hide nothing.
 *
 * @param name The name of a variable, a key or a header.
 * @returns Its words, in their order.
 */
export function nameWords(name: string): readonly string[] {
  if (!NOT_ASCII_REGEXP.test(name)) {
    return (name.match(ASCII_WORD_REGEXP) ?? []).map((word) =>
      word.toLowerCase()
    );
  }
  const plain = name.normalize("NFKD").replace(UNSEEN_REGEXP, "");
  return (plain.match(WORD_REGEXP) ?? []).map(foldWord);
}
