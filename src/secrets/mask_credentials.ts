/**
 * Credentials inside a text.
 *
 * @module
 */

import { maskAssignments } from "./mask_assignments.ts";
import { maskPrivateKeys } from "./mask_private_keys.ts";
import { maskSchemes } from "./mask_schemes.ts";
import { maskStatements } from "./mask_statements.ts";
import { maskTokens } from "./mask_tokens.ts";
import { maskUrls } from "./mask_urls.ts";

const SHORTEST = 6;

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
  const masked = maskStatements(
    maskAssignments(maskUrls(maskPrivateKeys(text))),
  );
  return maskTokens(maskSchemes(masked));
}
