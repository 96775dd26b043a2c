/** A stretch of English: one docstring, or the prose of one Markdown file. */
export interface Prose {
  readonly path: string;
  readonly kind: "docstring" | "page";
  /** Line of the file on which `text` begins, from 1. */
  readonly line: number;
  /** The text with its line breaks, and a blank for each character of code. */
  readonly text: string;
}

const DOCSTRING_REGEXP = /\/\*\*(?!\/)[^]*?\*\//g;
const FENCE_REGEXP = /^([ \t]*)(```+|~~~+)[^]*?(?:^[ \t]*\2[ \t]*$|(?![^]))/gm;
const NAME_REGEXP = /(?<=@(?:param|template)\s+)\S+|(?<=@\w+\s+)\{[^}\n]*\}/g;
const CODE_REGEXP =
  /(`+)(?!`)[^]*?[^`]\1(?!`)|\{@link[^}]*\}|\bhttps?:\/\/[^\s)>]+|\]\([^)]*\)|<[^>\n]*>/g;

function blank(text: string): string {
  return text.replace(/[^\n]/g, "\u00a0");
}

function withoutCode(text: string): string {
  return [FENCE_REGEXP, CODE_REGEXP, NAME_REGEXP].reduce(
    (left, pattern) => left.replace(pattern, blank),
    text,
  );
}

/**
 * Reads the English of a file: the docstrings of a module, all of a page.
 *
 * @param path The file; its ending tells which of the two it is.
 * @param text Its text.
 * @returns The prose in the order of the file, with code blanked out.
 */
export function readProse(path: string, text: string): readonly Prose[] {
  if (path.endsWith(".md")) {
    return [{ path, kind: "page", line: 1, text: withoutCode(text) }];
  }
  return [...text.matchAll(DOCSTRING_REGEXP)].map(({ 0: block, index }) => ({
    path,
    kind: "docstring",
    line: text.slice(0, index).split("\n").length,
    text: withoutCode(
      block.slice("/**".length, -"*/".length).replace(
        /^\s*\*[ \t]?/gm,
        (lead) =>
          // The pattern may span an empty line, whose break has to stay.
          lead.replace(/[^\n]/g, ""),
      ),
    ),
  }));
}
