/**
 * The value of one assignment in a `.env` file.
 *
 * @module
 */

import { parse } from "@std/dotenv/parse";
import type { DotenvStatement } from "./dotenv_statements.ts";

// What `parse` must not see, because its versions read it differently, or
// because it would look for references itself, in the real environment.
const GUARDED = ["$", "`", "'", '"', "\\", "\n", "\r", "\t", "#"] as const;
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  '"': '"',
  "'": "'",
  "\\": "\\",
};
const ESCAPE_REGEXP = /\\[^]/g;
const EDGE_NEWLINES_REGEXP = /^\n|\n$/g;
const FIRST_PRIVATE = 0xe000;
const LAST_PRIVATE = 0xf8ff;

/** Gives characters that stand for others and do not occur in a text. */
export class DotenvGuards {
  readonly #guards: ReadonlyMap<string, string>;
  readonly #originals: ReadonlyMap<string, string>;

  /**
   * Chooses characters.
   *
   * @param text The text of the file.
   * @throws {RangeError} when the text has every one there is.
   */
  constructor(text: string) {
    const guards = new Map<string, string>();
    let code = FIRST_PRIVATE;
    for (const character of GUARDED) {
      while (text.includes(String.fromCharCode(code))) code++;
      if (code > LAST_PRIVATE) throw new RangeError("No character is free");
      guards.set(character, String.fromCharCode(code++));
    }
    this.#guards = guards;
    this.#originals = new Map([...guards].map(([from, to]) => [to, from]));
  }

  #guard(text: string): string {
    return [...text].map((character) =>
      this.#guards.get(character) ?? character
    ).join("");
  }

  #restore(text: string): string {
    return [...text].map((character) =>
      this.#originals.get(character) ?? character
    ).join("");
  }

  /**
   * Reads a value. References in it are left as they are written.
   *
   * @param statement The assignment.
   * @returns The value, or `undefined` where `parse` finds none.
   */
  read({ quote, raw }: DotenvStatement): string | undefined {
    // One newline after the opening quote and before the closing one is for the eye.
    const text = quote === "" ? raw : raw.replace(EDGE_NEWLINES_REGEXP, "");
    const plain = quote === '"'
      ? text.replace(ESCAPE_REGEXP, (pair) => ESCAPES[pair.charAt(1)] ?? pair)
      : text;
    // Under a name of ours: "__proto__" may be no name to `parse`.
    const { VALUE: value } = parse(
      `VALUE=${quote}${this.#guard(plain)}${quote}`,
    );
    return value === undefined ? undefined : this.#restore(value);
  }
}
