type Granularity = "sentence" | "word" | "grapheme";

const FINER: Readonly<Record<Granularity, Granularity | undefined>> = {
  sentence: "word",
  word: "grapheme",
  grapheme: undefined,
};

/**
 * Cuts a text between sentences, a long sentence between words, and a long word
 * between characters.
 */
export function splitText(text: string, limit: number): readonly string[] {
  return split(text, limit, "sentence");
}

function split(
  text: string,
  limit: number,
  granularity: Granularity,
): readonly string[] {
  const finer = FINER[granularity];
  const pieces: string[] = [];
  let piece = "";
  for (const { segment } of segments(text, granularity)) {
    if (piece.length + segment.length <= limit) {
      piece += segment;
      continue;
    }
    if (piece !== "") pieces.push(piece);
    const parts = segment.length > limit && finer !== undefined
      ? split(segment, limit, finer)
      : [segment];
    pieces.push(...parts.slice(0, -1));
    piece = parts.at(-1) ?? "";
  }
  if (piece !== "") pieces.push(piece);
  return pieces;
}

/** Returns the last sentences that fit, or else the last words. */
export function endOfText(text: string, limit: number): string {
  for (const granularity of ["sentence", "word"] as const) {
    let end = text.length;
    for (const { index } of segments(text, granularity).reverse()) {
      if (text.length - index > limit) break;
      end = index;
    }
    const tail = text.slice(end);
    if (tail.trim() !== "") return tail;
  }
  return "";
}

function segments(
  text: string,
  granularity: Granularity,
): Intl.SegmentData[] {
  return [...new Intl.Segmenter("en", { granularity }).segment(text)];
}
