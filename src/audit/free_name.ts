/**
 * A name for a field that may not keep its own.
 *
 * @module
 */

import { jsonText } from "./json_text.ts";
import type { KnownKey } from "./key_book.ts";

/**
 * Names a field whose key was cut or masked, or is reserved, so that it takes
 * no other field's place.
 *
 * @param known What is known of its key.
 * @param top Whether it stands beside the fields of the event.
 * @param names The keys of all fields of the object.
 * @param given The names given so far; the new one is added.
 * @returns The name as JSON.
 */
export function freeName(
  known: KnownKey,
  top: boolean,
  names: readonly string[],
  given: string[],
): string {
  const reserved = top && known.reserved;
  let name = reserved ? `detail_${known.text}` : known.text;
  for (let count = 2; names.includes(name) || given.includes(name); count++) {
    name = reserved ? `detail_${name}` : `${known.text}_${count}`;
  }
  given.push(name);
  return jsonText(name);
}
