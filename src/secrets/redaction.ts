/**
 * What stands where a secret stood, and the secrets that are known by their
 * value: those that were handed out.
 *
 * @module
 */

import { CUT_MARK, escapeControls } from "../text.ts";

/** What a secret is replaced by. */
export const REDACTED = "[REDACTED]";

// Braces alone are no placeholder: `PWD={secret}` is how ODBC quotes a password.
const PLACEHOLDER_REGEXP =
  /^(?:\[REDACTED\]|\*+|x{3,}|\.{3}|…|%[dosv]|<[^<>]{0,80}>|\$\{[^{}]{0,80}\}|\{\{[^{}]{0,80}\}\})$/i;

/**
 * Whether a text only holds the place of a secret: `${TOKEN}`, `<password>`,
 * `***`, or what this package put there itself.
 *
 * @param text The text where a secret would stand.
 * @returns Whether there is nothing to hide.
 */
export function isPlaceholder(text: string): boolean {
  return text.length < 100 && PLACEHOLDER_REGEXP.test(text);
}

/** A part of a text that is to be masked, from `start` up to `end`. */
export type Span = Readonly<{ start: number; end: number }>;

/**
 * Puts {@linkcode REDACTED} in the place of parts of a text.
 *
 * @param text The text.
 * @param spans The parts, in order and apart from each other.
 * @returns The text without them; the very same text where there are none.
 */
export function maskSpans(text: string, spans: readonly Span[]): string {
  let masked = "";
  let from = 0;
  for (const { start, end } of spans) {
    masked += text.slice(from, start) + REDACTED;
    from = end;
  }
  return from === 0 ? text : masked + text.slice(from);
}

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
