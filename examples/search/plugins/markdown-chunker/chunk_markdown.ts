import type { Passage, SourceDocument } from "../../contracts.ts";
import { parseMarkdown } from "./parse_markdown.ts";
import { type PassageLimits, passagesOf } from "./passages.ts";
import { PlainLines } from "./plain_lines.ts";
import { divideIntoSections, type Section } from "./sections.ts";

const BYTE_ORDER_MARK_REGEXP = /^\ufeff/;
const LINE_BREAK_REGEXP = /\r\n|\r|\n/;

/** Cuts a Markdown document into passages along its headings. */
export function chunkMarkdown(
  document: SourceDocument,
  limits: PassageLimits,
): readonly Passage[] {
  const text = document.text.replace(BYTE_ORDER_MARK_REGEXP, "");
  const root = parseMarkdown(text);
  const lines = new PlainLines(text.split(LINE_BREAK_REGEXP).length);
  lines.add(root);
  const sections = divideIntoSections(root, lines);
  return sections.flatMap((section, index) => {
    const passages = section.blocks.length === 0
      ? headingAlone(section, sections[index + 1])
      : passagesOf(section, lines, limits);
    return passages.map((passage) => ({ path: document.path, ...passage }));
  });
}

/**
 * Keeps a heading without text as a result, unless it only groups other
 * headings, which name it.
 */
function headingAlone(
  { headings, line }: Section,
  next: Section | undefined,
): readonly Omit<Passage, "path">[] {
  const text = headings.at(-1);
  if (text === undefined) return [];
  const holdsNext = next !== undefined &&
    headings.every((heading, depth) => next.headings[depth] === heading);
  if (holdsNext) return [];
  return [{ headings, startLine: line, endLine: line, text }];
}
