/**
 * Cuts text without cutting a character.
 *
 * @module
 */

/**
 * The beginning of a text, without half of a surrogate pair at its end.
 *
 * @param text The text.
 * @param length The greatest number of UTF-16 code units to keep.
 * @returns The text, or its beginning.
 */
export function sliceWhole(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, (last & 0xfc00) === 0xd800 ? length - 1 : length);
}
