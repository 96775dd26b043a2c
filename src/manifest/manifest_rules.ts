/**
 * What the fields of a manifest may be: the rules that the schema and the
 * reader of plain manifests share. Both hold versions and ranges by
 * `version.ts`, entries by `entry.ts`, and permissions by their own room.
 *
 * @module
 */

/** What an id looks like. */
export const ID_REGEXP = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/** What a type looks like. */
export const TYPE_REGEXP = /^[a-z][a-z0-9_]{0,62}$/;

/** The longest text for people, in UTF-16 code units. */
export const MAX_TEXT_LENGTH = 4_096;

/**
 * Whether a text is the address of a page of the web.
 *
 * @param text The text.
 * @returns Whether it is one.
 */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
