const WORD_REGEXP = /\S+\s*/g;

/** Breaks a long line between words, and keeps its indentation. */
export function wrapLine(line: string, width: number): readonly string[] {
  if (line.length <= width) return [line];
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let current = indent;
  for (const [word] of line.matchAll(WORD_REGEXP)) {
    if (current !== indent && current.length + word.trimEnd().length > width) {
      lines.push(current.trimEnd());
      current = indent;
    }
    current += word;
  }
  lines.push(current.trimEnd());
  return lines;
}
