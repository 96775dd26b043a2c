import type { Nodes } from "npm:@types/mdast@^4.0.4";
import { htmlText } from "./html_text.ts";

const LINE_BREAK_REGEXP = /\r\n|\r|\n/;

/**
 * The text of a document without markup; each word stays on its line of the
 * source.
 */
export class PlainLines {
  readonly #lines: string[];

  constructor(count: number) {
    this.#lines = new Array<string>(count).fill("");
  }

  at(line: number): string {
    return (this.#lines[line - 1] ?? "").trimEnd();
  }

  /** Writes the text of a node and of its children to their lines. */
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
          // An item on the first line of another one is not indented again.
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
      // A line break from a reference (`&#10;`) has no line of its own.
      const index = Math.min(line - 1 + offset, last);
      this.#lines[index] = `${this.#lines[index] ?? ""}${part}`;
    }
  }
}

function firstLineOfCode(node: Extract<Nodes, { type: "code" }>): number {
  const start = node.position?.start.line ?? 1;
  const end = node.position?.end.line ?? start;
  const count = node.value.split(LINE_BREAK_REGEXP).length;
  // Indented code fills its lines; fenced code has at least one more line.
  return count > end - start ? start : start + 1;
}
