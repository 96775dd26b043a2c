/**
 * Credentials after the name of an authentication scheme.
 *
 * @module
 */

import { isPlaceholder, REDACTED } from "./redacted.ts";

const SCHEME_REGEXP =
  /(?<![A-Za-z0-9_-])(bearer|basic)([ \t]{1,8})([^\s"'`,;<>\\]{3,})/gi;
const ALONE_REGEXP = /^\s{0,8}bearer[ \t]{1,8}[^\s]{3,}\s{0,8}$/i;
const PROSE_REGEXP =
  /^(?:tokens?|auth|authentication|authorization|schemes?|headers?|credentials?|required|realm=?|is|was|and|or|not|with|for|from)[.:]?$/i;
const BASE64_REGEXP = /^[A-Za-z0-9+/_-]+={0,2}$/;
const LONGEST_BASIC = 1_024;

/** Whether `text` is the base64 of "user:password". */
function isUserAndPassword(text: string): boolean {
  if (text.length > LONGEST_BASIC || text.length % 4 === 1) return false;
  if (!BASE64_REGEXP.test(text)) return false;
  try {
    const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
    return atob(base64).includes(":");
  } catch {
    return false;
  }
}

function isBearer(token: string, isAlone: boolean): boolean {
  if (isAlone || token.length >= 16) return true;
  return token.length >= 6 && /\d/.test(token);
}

/**
 * Masks what follows `Bearer`, and what follows `Basic` where it is the base64
 * of a user and a password. Prose such as "bearer token" or "basic
 * authentication" stays.
 *
 * @param text The text.
 * @returns The text without them.
 */
export function maskSchemes(text: string): string {
  const isAlone = text.length < 10_000 && ALONE_REGEXP.test(text);
  return text.replace(
    SCHEME_REGEXP,
    (whole: string, scheme: string, space: string, token: string) => {
      if (isPlaceholder(token) || PROSE_REGEXP.test(token)) return whole;
      const isSecret = scheme.toLowerCase() === "bearer"
        ? isBearer(token, isAlone)
        : token.endsWith("=") || isUserAndPassword(token);
      return isSecret ? `${scheme}${space}${REDACTED}` : whole;
    },
  );
}
