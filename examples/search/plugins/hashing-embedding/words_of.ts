// Accents, and not every mark: in Hindi or Thai the vowels are marks too.
const ACCENTS_REGEXP = /[\u0300-\u036f]/g;

/**
 * Cuts texts into words, for writing with and without spaces between them.
 *
 * @param segmenter A segmenter of words.
 * @param text The text.
 * @returns Its words in order, in lower case, without accents and in one form
 * for each character, however it was typed.
 */
export function wordsOf(
  segmenter: Intl.Segmenter,
  text: string,
): readonly string[] {
  const folded = text.normalize("NFKD").replace(ACCENTS_REGEXP, "")
    .normalize("NFC").toLowerCase();
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(folded)) {
    if (isWordLike) words.push(segment);
  }
  return words;
}
