const ACCENTS_REGEXP = /[\u0300-\u036f]/g;
const JOINT_REGEXP = /_+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

/**
 * Cuts a text into search terms.
 *
 * An identifier counts as itself and as its parts: "host permissions" finds
 * `hostPermissions`, and "key" finds `api_key`.
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
