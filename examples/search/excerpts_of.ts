import type { Passage } from "./contracts.ts";

/** A short part of a passage. */
export type Excerpt = Readonly<{
  /** The line of the document on which it begins. */
  line: number;
  /** Its lines, without empty ones. */
  lines: readonly string[];
}>;

/** A line of the passage, or a sentence of a long one. */
type Piece = Readonly<{ line: number; text: string; starts: boolean }>;

const MAX_LENGTH = 420;
const MAX_PIECES = 8;
const LONG_LINE_LENGTH = 200;
const LIST_ITEM_REGEXP = /^\s*(?:-|\d+\.) /;

/**
 * Lists the excerpts that begin with each paragraph, up to the first one that
 * reaches the end.
 */
export function excerptsOf(passage: Passage): readonly Excerpt[] {
  const pieces = piecesOf(passage);
  const excerpts: Excerpt[] = [];
  let lastStart = 0;
  for (const [start, { line, starts }] of pieces.entries()) {
    // Inside a paragraph that is longer than an excerpt.
    const goesOn = start - lastStart >= MAX_PIECES / 2;
    if (start > 0 && !starts && !goesOn) continue;
    lastStart = start;
    const lines = linesFrom(pieces, start);
    excerpts.push({ line, lines });
    if (start + lines.length === pieces.length) break;
  }
  return excerpts;
}

function linesFrom(
  pieces: readonly Piece[],
  start: number,
): readonly string[] {
  const lines: string[] = [];
  let length = 0;
  for (const { text } of pieces.slice(start, start + MAX_PIECES)) {
    length += text.length;
    if (lines.length > 0 && length > MAX_LENGTH) break;
    lines.push(text);
  }
  return lines;
}

function piecesOf({ startLine, text }: Passage): readonly Piece[] {
  const sentences = new Intl.Segmenter("en", { granularity: "sentence" });
  let starts = true;
  return text.split("\n").flatMap((content, offset) => {
    const line = startLine + offset;
    if (content.trim() === "") {
      starts = true;
      return [];
    }
    const isStart = starts || LIST_ITEM_REGEXP.test(content);
    starts = false;
    if (content.length <= LONG_LINE_LENGTH) {
      return [{ line, text: content, starts: isStart }];
    }
    return [...sentences.segment(content)].map(({ segment }) => ({
      line,
      text: segment.length > MAX_LENGTH
        ? `${segment.slice(0, MAX_LENGTH).toWellFormed()}…`
        : segment.trimEnd(),
      starts: true,
    }));
  });
}
