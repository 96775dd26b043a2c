/**
 * What stands where a secret stood.
 *
 * @module
 */

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
