const ACCENTS_REGEXP = /[\u0300-\u036f]/g;
const JOINT_REGEXP = /_+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

/**
 * Cuts a text into the terms to search by.
 *
 * A name out of a program counts as itself and as its parts: `hostPermissions`
 * is found by "host permissions", and `api_key` by "key".
 *
 * @param segmenter A segmenter of words.
 * @param text The text.
 * @returns Its terms in order, in lower case and without accents.
 */
export function termsOf(segmenter: Intl.Segmenter, text: string): string[] {
  const folded = text.normalize("NFKD").replace(ACCENTS_REGEXP, "")
    .normalize("NFC");
  const terms: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(folded)) {
    if (!isWordLike) continue;
    terms.push(segment.toLowerCase());
    const parts = segment.split(JOINT_REGEXP).filter((part) => part !== "");
    if (parts.length > 1) terms.push(...parts.map((p) => p.toLowerCase()));
  }
  return terms;
}
