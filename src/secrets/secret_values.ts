/**
 * Secrets that were handed out, to be kept out of what is shown.
 *
 * @module
 */

import { CUT_MARK, escapeControls } from "../text.ts";
import { REDACTED } from "./redacted.ts";

// A shorter text stands in too many words that are no secret.
const SHORTEST = 4;

/**
 * Knows the secrets that a host handed to plugins, so that a plugin which puts
 * one into an error message does not put it into a log.
 */
export class SecretValues {
  readonly #values = new Set<string>();
  #pattern: RegExp | undefined;

  /**
   * Makes a secret known.
   *
   * @param value The secret; one of less than four characters is passed over.
   */
  add(value: string): void {
    if (value.length < SHORTEST || this.#values.has(value)) return;
    this.#values.add(value);
    // A key of several lines is shown on one.
    this.#values.add(escapeControls(value));
    this.#pattern = undefined;
  }

  /**
   * Replaces every secret that is known by `[REDACTED]`.
   *
   * @param text Any text.
   * @returns The text without them.
   */
  mask(text: string): string {
    if (this.#values.size === 0) return text;
    this.#pattern ??= this.#createPattern();
    const masked = text.replace(this.#pattern, REDACTED);
    if (!masked.includes(CUT_MARK)) return masked;
    // A text that was cut within a secret ends in the beginning of it.
    const parts = masked.split(CUT_MARK);
    return parts.map((part, index) =>
      index === parts.length - 1 ? part : this.#withoutBeginning(part)
    ).join(CUT_MARK);
  }

  #withoutBeginning(part: string): string {
    let longest = 0;
    for (const value of this.#values) {
      const most = Math.min(value.length - 1, part.length);
      for (let length = most; length > longest; length--) {
        if (part.endsWith(value.slice(0, length))) longest = length;
      }
    }
    return longest < SHORTEST
      ? part
      : part.slice(0, part.length - longest) + REDACTED;
  }

  #createPattern(): RegExp {
    // The longest first: one secret may begin with another.
    const values = [...this.#values].sort((a, b) => b.length - a.length);
    const escaped = values.map((value) =>
      value.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")
    );
    return new RegExp(escaped.join("|"), "g");
  }
}
