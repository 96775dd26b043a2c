import type { Passage } from "./contracts.ts";

/** The part of a passage that a person is to see first. */
export type Excerpt = Readonly<{
  /** The line of the document that it begins in. */
  line: number;
  /** Its lines, without empty ones. */
  lines: readonly string[];
}>;

/** A line of the passage, or a sentence of a long one. */
type Piece = Readonly<{ line: number; text: string }>;

const MAX_LENGTH = 420;
const MAX_PIECES = 8;
const LONG_LINE_LENGTH = 200;

/**
 * Picks the part of a passage that has the most words of the query.
 *
 * @param passage The passage.
 * @param query What was searched for.
 * @returns A few lines of it.
 */
export function excerptOf(passage: Passage, query: string): Excerpt {
  const pieces = piecesOf(passage);
  const words = wordsOf(query);
  let best: readonly Piece[] = [];
  let bestCount = -1;
  for (const start of pieces.keys()) {
    const window = windowFrom(pieces, start);
    const text = window.map((piece) => piece.text).join("\n").toLowerCase();
    const count = words.filter((word) => text.includes(word)).length;
    if (count > bestCount) {
      best = window;
      bestCount = count;
    }
  }
  return {
    line: best[0]?.line ?? passage.startLine,
    lines: best.map(({ text }) => text),
  };
}

function piecesOf({ startLine, text }: Passage): readonly Piece[] {
  const sentences = new Intl.Segmenter("en", { granularity: "sentence" });
  return text.split("\n").flatMap((content, offset) => {
    const line = startLine + offset;
    if (content.trim() === "") return [];
    if (content.length <= LONG_LINE_LENGTH) return [{ line, text: content }];
    return [...sentences.segment(content)].map(({ segment }) => ({
      line,
      text: segment.length > MAX_LENGTH
        ? `${segment.slice(0, MAX_LENGTH).toWellFormed()}…`
        : segment.trimEnd(),
    }));
  });
}

function windowFrom(
  pieces: readonly Piece[],
  start: number,
): readonly Piece[] {
  const window: Piece[] = [];
  let length = 0;
  for (const piece of pieces.slice(start, start + MAX_PIECES)) {
    length += piece.text.length;
    if (window.length > 0 && length > MAX_LENGTH) break;
    window.push(piece);
  }
  return window;
}

function wordsOf(query: string): readonly string[] {
  const segmenter = new Intl.Segmenter("en", { granularity: "word" });
  const words = new Set<string>();
  for (
    const { segment, isWordLike } of segmenter.segment(query.toLowerCase())
  ) {
    // "a", "of" and the like stand everywhere; in Chinese two characters are much.
    if (isWordLike && (segment.length > 2 || !/^[a-z]+$/.test(segment))) {
      words.add(segment);
    }
  }
  return [...words];
}
