/**
 * Reading a name as words.
 *
 * @module
 */

const ASCII_WORD_REGEXP = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
// deno-lint-ignore no-control-regex
const NOT_ASCII_REGEXP = /[^\u0000-\u007f]/;

function foldWord(word: string): string {
  // Upper case first: it is what turns "paßword" into the word that it is read as.
  return word.toUpperCase().toLowerCase();
}

function foreignWords(name: string): readonly string[] {
  // Made here, for the few names that need them: these classes of Unicode cost
  // more than all else that is made when this is imported.
  const plain = name.normalize("NFKD").replace(/[\p{M}\p{Cf}]/gu, "");
  const words = plain.match(
    /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lm}\p{Lo}]+|\p{N}+/gu,
  );
  return (words ?? []).map(foldWord);
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
  if (NOT_ASCII_REGEXP.test(name)) return foreignWords(name);
  return (name.match(ASCII_WORD_REGEXP) ?? []).map((word) =>
    word.toLowerCase()
  );
}
