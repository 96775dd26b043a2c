/**
 * Private key blocks in a text.
 *
 * @module
 */

import { maskSpans, type Span } from "./redacted.ts";

const BEGIN_REGEXP =
  /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)? ?-{4,5}/g;
const END_REGEXP = /-{4,5} ?END [A-Z0-9 ]{0,60}-{4,5}/g;

/**
 * Masks PEM, OpenSSH, PGP and SSH2 private keys, from the line that begins them
 * to the line that ends them, whether their lines are broken by newlines or by
 * `\n`. A block that is cut off is masked to the end.
 *
 * @param text The text.
 * @returns The text without private keys.
 */
export function maskPrivateKeys(text: string): string {
  if (!text.includes("PRIVATE KEY")) return text;
  const spans: Span[] = [];
  let from = 0;
  for (const { index, 0: { length } } of text.matchAll(BEGIN_REGEXP)) {
    if (index < from) continue;
    END_REGEXP.lastIndex = index + length;
    from = END_REGEXP.exec(text) === null ? text.length : END_REGEXP.lastIndex;
    spans.push({ start: index, end: from });
  }
  return maskSpans(text, spans);
}
