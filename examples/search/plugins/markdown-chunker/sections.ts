import type { Nodes, Root, RootContent } from "npm:@types/mdast@^4.0.4";
import { frontMatterTitle } from "./front_matter.ts";
import { htmlText } from "./html_text.ts";
import type { PlainLines } from "./plain_lines.ts";

/** A paragraph, table, code block or similar, by its lines in the source. */
export type Block = Readonly<{
  startLine: number;
  endLine: number;
  code: boolean;
}>;

/** The blocks between one heading and the next. */
export type Section = Readonly<{
  headings: readonly string[];
  /** The line of its heading; 1 for blocks before the first heading. */
  line: number;
  blocks: readonly Block[];
}>;

type Heading = Readonly<{ depth: number; text: string; line: number }>;

const HTML_HEADING_REGEXP = /<h([1-6])\b[^<>]*>([^]*?)<\/h\1\s*>/i;
// `## Title {#anchor}`, a syntax of several documentation sites.
const ANCHOR_REGEXP = /\s*\{#[^{}\s]*\}$/;
const WHITE_SPACE_REGEXP = /\s+/g;

/**
 * Divides a document at its headings.
 *
 * Only top-level headings count: one inside a quotation or a list is text.
 */
export function divideIntoSections(
  root: Root,
  lines: PlainLines,
): readonly Section[] {
  const title = frontMatterTitle(root);
  const sections: Section[] = [];
  const path: Heading[] = [];
  let blocks: Block[] = [];
  sections.push({ headings: title ? [title] : [], line: 1, blocks });
  for (const node of root.children) {
    const heading = headingOf(node, lines);
    if (heading === undefined) {
      blocks.push(...blocksOf(node, lines));
      continue;
    }
    while ((path.at(-1)?.depth ?? 0) >= heading.depth) path.pop();
    path.push(heading);
    blocks = [];
    const headings = path.map(({ text }) => text);
    // Many documents repeat the title of their front matter as a heading.
    if (title && headings[0] !== title) headings.unshift(title);
    sections.push({ headings, line: heading.line, blocks });
  }
  return sections;
}

function headingOf(node: RootContent, lines: PlainLines): Heading | undefined {
  const line = node.position?.start.line ?? 1;
  if (node.type === "heading") {
    return named(node.depth, textOf(node, lines), line);
  }
  if (node.type !== "html") return undefined;
  const [, depth, inner] = HTML_HEADING_REGEXP.exec(node.value) ?? [];
  if (depth === undefined || inner === undefined) return undefined;
  const text = htmlText(inner);
  // A block that only repeats the heading is no text.
  if (htmlText(node.value).trim() !== text.trim()) return undefined;
  return named(Number(depth), text, line);
}

function named(
  depth: number,
  raw: string,
  line: number,
): Heading | undefined {
  const text = raw.replace(WHITE_SPACE_REGEXP, " ").trim()
    .replace(ANCHOR_REGEXP, "");
  return text === "" ? undefined : { depth, text, line };
}

function textOf(node: RootContent, lines: PlainLines): string {
  const parts: string[] = [];
  const start = node.position?.start.line ?? 1;
  for (let line = start; line <= (node.position?.end.line ?? start); line++) {
    parts.push(lines.at(line));
  }
  return parts.join(" ");
}

function blocksOf(node: Nodes, lines: PlainLines): readonly Block[] {
  switch (node.type) {
    case "list":
    case "listItem":
    case "blockquote":
    case "footnoteDefinition":
      return node.children.flatMap((child) => blocksOf(child, lines));
    case "definition":
    case "thematicBreak":
      return [];
  }
  let startLine = node.position?.start.line ?? 1;
  let endLine = node.position?.end.line ?? startLine;
  while (startLine <= endLine && lines.at(startLine) === "") startLine++;
  while (endLine > startLine && lines.at(endLine) === "") endLine--;
  return startLine > endLine
    ? []
    : [{ startLine, endLine, code: node.type === "code" }];
}
