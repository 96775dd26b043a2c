/**
 * Where something stands in a configuration, for people to read.
 *
 * @module
 */

import { maskCredentials } from "../secrets/mask_credentials.ts";
import { cut, escapeControls } from "../text.ts";

const IDENTIFIER_REGEXP = /^[A-Za-z_$][\w$-]{0,63}$/;
const LONGEST_KEY = 64;

/**
 * Makes the path of a value in an object or an array.
 *
 * @param parent The path of the object or the array, empty at the top.
 * @param key The key, or the index.
 * @returns The path, such as `servers[0].api_key`. What looks like a credential
 * in a key is masked.
 */
export function joinPath(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}[${key}]`;
  const shown = maskCredentials(key);
  if (!IDENTIFIER_REGEXP.test(shown)) {
    const text = escapeControls(cut(shown, LONGEST_KEY));
    return `${parent}[${JSON.stringify(text)}]`;
  }
  return parent === "" ? shown : `${parent}.${shown}`;
}
