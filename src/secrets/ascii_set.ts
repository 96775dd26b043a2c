/**
 * Sets of ASCII characters that are asked once for each character of a text.
 *
 * @module
 */

/** For each ASCII code, 1 where the character is in the set. */
export type AsciiSet = Uint8Array;

const LETTERS_AND_DIGITS =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/**
 * Makes a set of the letters, the digits and some more characters.
 *
 * @param more The other ASCII characters.
 * @returns The set.
 */
export function wordCharacters(more: string): AsciiSet {
  const set = new Uint8Array(128);
  for (const character of LETTERS_AND_DIGITS + more) {
    set[character.charCodeAt(0)] = 1;
  }
  return set;
}
