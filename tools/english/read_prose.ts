/** A stretch of English: a docstring, a comment, a test's name, or a page. */
export interface Prose {
  readonly path: string;
  readonly kind: "docstring" | "comment" | "test" | "page";
  /** Line of the file on which `text` begins, from 1. */
  readonly line: number;
  /** The text with its line breaks, and a blank for each character of code. */
  readonly text: string;
}

// Not within a string, such as the source of a test.
const DOCSTRING_REGEXP = /(?<=^[ \t]*|[;{,(|&][ \t]*)\/\*\*(?!\/)[^]*?\*\//gm;
const COMMENT_REGEXP = /(?:^[ \t]*\/\/.*\n?)+/gm;
const TEST_REGEXP =
  /(?<=\b(?:Deno\.test|\.step)\(\s*(["`]))(?:\\.|(?!\1)[^])*/g;
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
 * Reads the English of a file: the docstrings, comments and test names of a
 * module, or all of a page.
 *
 * @param path The file; its extension decides between the two.
 * @param text Its text.
 * @returns The prose in the order of the file, with code blanked out.
 */
export function readProse(path: string, text: string): readonly Prose[] {
  if (path.endsWith(".md")) {
    return [{ path, kind: "page", line: 1, text: withoutCode(text) }];
  }
  const lineAt = (index: number) => text.slice(0, index).split("\n").length;
  const docstrings = [...text.matchAll(DOCSTRING_REGEXP)].map(
    ({ 0: block, index }): Prose => ({
      path,
      kind: "docstring",
      line: lineAt(index),
      text: withoutCode(
        block.slice("/**".length, -"*/".length)
          // The pattern may span an empty line, whose break has to stay.
          .replace(/^\s*\*[ \t]?/gm, (lead) => lead.replace(/[^\n]/g, "")),
      ),
    }),
  );
  const tests = [...text.matchAll(TEST_REGEXP)].map(
    ({ 0: name, index }): Prose => ({
      path,
      kind: "test",
      line: lineAt(index),
      text: name.replace(/\$\{[^}]*\}|[\w.#]*\w\([^)]*\)/g, blank),
    }),
  );
  const comments = [...text.matchAll(COMMENT_REGEXP)].map(
    ({ 0: lines, index }): Prose => ({
      path,
      kind: "comment",
      line: lineAt(index),
      text: withoutCode(lines.replace(/^[ \t]*\/\//gm, "")),
    }),
  );
  return [...docstrings, ...comments, ...tests];
}
