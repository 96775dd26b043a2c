import type { Nodes } from "npm:@types/mdast@^4.0.4";
import { htmlText } from "./html_text.ts";

const LINE_BREAK_REGEXP = /\r\n|\r|\n/;

/**
 * The text of a document without its markup, line by line: each word stays on
 * the line of the source that it was written on.
 */
export class PlainLines {
  readonly #lines: string[];

  /**
   * Starts with empty lines.
   *
   * @param count How many lines the source has.
   */
  constructor(count: number) {
    this.#lines = new Array<string>(count).fill("");
  }

  /**
   * One line.
   *
   * @param line Its number in the source; the first is 1.
   * @returns Its text without white space at its end.
   */
  at(line: number): string {
    return (this.#lines[line - 1] ?? "").trimEnd();
  }

  /**
   * Writes what a node says, and what its children say, on their lines.
   *
   * @param node A node of the syntax tree.
   */
  add(node: Nodes): void {
    const line = node.position?.start.line ?? 1;
    switch (node.type) {
      case "text":
        return this.#write(line, node.value);
      case "inlineCode":
        return this.#write(line, node.value);
      case "code":
        return this.#write(firstLineOfCode(node), node.value);
      case "html":
        return this.#write(line, htmlText(node.value));
      case "image":
      case "imageReference":
        return this.#write(line, node.alt ?? "");
      case "tableRow":
        for (const [index, cell] of node.children.entries()) {
          if (index > 0) this.#write(line, " | ");
          this.add(cell);
        }
        return;
      case "list":
        for (const [index, item] of node.children.entries()) {
          const marker = node.ordered ? `${(node.start ?? 1) + index}.` : "-";
          const indent = " ".repeat((item.position?.start.column ?? 1) - 1);
          const before = item.position?.start.line ?? line;
          // An item that begins inside another's first line is not indented again.
          const gap = this.at(before) === "" ? indent : "";
          this.#write(before, `${gap}${marker} `);
          this.add(item);
        }
        return;
      case "yaml":
      case "definition":
        return;
    }
    if ("children" in node) {
      for (const child of node.children) {
        this.add(child);
      }
    }
  }

  #write(line: number, text: string): void {
    const last = this.#lines.length - 1;
    for (const [offset, part] of text.split(LINE_BREAK_REGEXP).entries()) {
      // A line break that was written as a reference (`&#10;`) has no line.
      const index = Math.min(line - 1 + offset, last);
      this.#lines[index] = `${this.#lines[index] ?? ""}${part}`;
    }
  }
}

function firstLineOfCode(node: Extract<Nodes, { type: "code" }>): number {
  const start = node.position?.start.line ?? 1;
  const end = node.position?.end.line ?? start;
  const count = node.value.split(LINE_BREAK_REGEXP).length;
  // Indented code fills its lines; fenced code has at least one line more.
  return count > end - start ? start : start + 1;
}
