import { printable } from "./printable.ts";
import type { Match } from "./search_passages.ts";
import { wrapLine } from "./wrap_line.ts";

const INDENT = "   ";

/** Formats matches for people: place, headings, and the best lines. */
export function showMatches(
  matches: readonly Match[],
  bold: (text: string) => string,
  width: number,
): string {
  return matches.map(({ passage, excerpt }, index) => {
    const place = bold(printable(`${passage.path}:${excerpt.line}`));
    const headings = printable(passage.headings.join(" > "));
    const lines = excerpt.lines
      .flatMap((text) => wrapLine(printable(text), width))
      .map((text) => `${INDENT}${text}\n`);
    return `${index + 1}. ${`${place}  ${headings}`.trimEnd()}\n${
      lines.join("")
    }`;
  }).join("\n");
}

/** Formats matches as JSON. */
export function matchesAsJson(
  matches: readonly Match[],
  query: string,
  embedding: string,
): string {
  const found = matches.map(({ passage, excerpt, score }) => ({
    ...passage,
    line: excerpt.line,
    score,
  }));
  return `${JSON.stringify({ query, embedding, matches: found }, null, 2)}\n`;
}
