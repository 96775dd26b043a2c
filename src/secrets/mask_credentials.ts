/**
 * Credentials inside a text.
 *
 * @module
 */

import { maskAssignments } from "./mask_assignments.ts";
import { maskChance } from "./mask_chance.ts";
import { maskPrivateKeys } from "./mask_private_keys.ts";
import { maskSchemes } from "./mask_schemes.ts";
import { maskStatements } from "./mask_statements.ts";
import { maskTokens } from "./mask_tokens.ts";
import { maskSecretAddresses, maskUrls } from "./mask_urls.ts";
import { findTextHints, TEXT_HINTS } from "./text_hints.ts";

const { separator, at, space, angle, quote, name, scheme, host, token } =
  TEXT_HINTS;
const SHORTEST = 6;
const MOST_ROUNDS = 4;

function maskOnce(text: string): string {
  // What is masked only takes away: what the text as it came cannot hold, no
  // later step can find.
  const hints = findTextHints(text);
  const names = (hints & name) !== 0;
  let masked = text;
  if (names) masked = maskPrivateKeys(masked);
  if ((hints & at) !== 0) masked = maskUrls(masked);
  if ((hints & host) !== 0) masked = maskSecretAddresses(masked);
  if (names && (hints & separator) !== 0) masked = maskAssignments(masked);
  if (
    (hints & angle) !== 0 ||
    ((hints & space) !== 0 && (names || (hints & (separator | quote)) !== 0))
  ) {
    masked = maskStatements(masked);
  }
  if ((hints & scheme) !== 0 && (hints & space) !== 0) {
    masked = maskSchemes(masked);
  }
  if ((hints & token) !== 0) masked = maskTokens(masked);
  return maskChance(masked);
}

/**
 * Replaces by `[REDACTED]`, in its place, what looks like a credential: the
 * password of a URL, a bearer or basic header, well-known token forms, JSON
 * Web Tokens, private key blocks, connection strings, `name=value` and
 * `"name": "value"` whose name says secret.
 *
 * The time it takes grows in step with the text, whatever the text is.
 * Masking twice gives what masking once gives.
 *
 * @param text Any text.
 * @returns The text without what looks like a credential; the very same text
 * where there is none.
 */
export function maskCredentials(text: string): string {
  if (text.length < SHORTEST) return text;
  let masked = maskOnce(text);
  // What is masked can bring together what then looks like a credential too.
  for (let round = 1; masked !== text && round < MOST_ROUNDS; round++) {
    const again = maskOnce(masked);
    if (again === masked) break;
    masked = again;
  }
  return masked;
}
