// Only accents, not every mark: in Hindi or Thai, vowels are marks too.
const ACCENTS_REGEXP = /[\u0300-\u036f]/g;

/** Cuts texts into words, with or without spaces between them. */
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
