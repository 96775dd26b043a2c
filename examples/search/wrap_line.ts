const WORD_REGEXP = /\S+\s*/g;

/**
 * Breaks a long line between its words.
 *
 * @param line The line.
 * @param width How many characters a line may have; a longer word has a line
 * of its own.
 * @returns The lines, each indented as the whole was.
 */
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
