/**
 * The keys and the texts of details: cut, safe to show, and each key examined
 * once.
 */

import { cut, escapeControls, UNSAFE_CHARACTERS } from "../base/text.ts";
import { type FieldRole, fieldRole } from "../secrets/secret_items.ts";
import { isSecretKey } from "../secrets/secret_names.ts";
import { RESERVED_FIELDS } from "./audit_event.ts";
import type { TextMasks } from "./text_masks.ts";

/** The beginning of a text, without half of a surrogate pair at its end. */
export function sliceWhole(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, (last & 0xfc00) === 0xd800 ? length - 1 : length);
}

// JSON escapes the first two, and a person must not see the others.
const NOT_PLAIN_REGEXP = new RegExp(`["\\\\${UNSAFE_CHARACTERS}]`, "u");

/**
 * Writes a text as a JSON string on one line, in which every character that
 * could drive a terminal or reorder text is a `\uXXXX` escape.
 */
export function jsonText(text: string): string {
  if (!NOT_PLAIN_REGEXP.test(text)) return `"${text}"`;
  return escapeControls(JSON.stringify(text));
}

const MAX_KEY_LENGTH = 256;
const MAX_KEYS = 2_000;
const MAX_PLUGINS = 10_000;

/** How a key is written, and whether its value may be. */
export interface KnownKey {
  /** The key as it is written. */
  readonly text: string;
  /** The same as JSON. */
  readonly json: string;
  /** Whether its value is a secret. */
  readonly secret: boolean;
  /** The part it plays for the other fields of its object. */
  readonly role: FieldRole;
  /** Whether it is a field that no detail may set. */
  readonly reserved: boolean;
  /** Whether it is not what the caller wrote, and may so meet another key. */
  readonly altered: boolean;
}

/** Looks keys up, and remembers them. */
export class KeyBook {
  readonly #known = new Map<string, KnownKey>();
  readonly #plugins = new Set<string>();
  readonly #masks: TextMasks | undefined;

  /** Makes an empty book. */
  constructor(masks: TextMasks | undefined) {
    this.#masks = masks;
  }

  /** Remembers the id of a plugin, which may be a key of details. */
  addPlugin(id: string): void {
    // "credentials" is a key of data, "token-counter" a plugin's.
    if (!id.includes("-")) return;
    if (this.#plugins.size < MAX_PLUGINS) this.#plugins.add(id);
  }

  /** Whether a key is the id of a plugin with what is known of it, and no secret. */
  isPlugin(key: string, value: unknown): boolean {
    return value !== null && typeof value === "object" &&
      !Array.isArray(value) && this.#plugins.has(key);
  }

  /** Looks a key up. */
  get(key: string): KnownKey {
    const masks = this.#masks;
    const shown = cut(key, MAX_KEY_LENGTH);
    const cleared = masks?.known(shown) ?? shown;
    // A secret that became known since then must not come out of the memory.
    const known = cleared === key ? this.#known.get(key) : undefined;
    if (known !== undefined) return known;
    const text = masks?.likely(cleared) ?? cleared;
    const made: KnownKey = {
      text,
      json: jsonText(text),
      secret: masks !== undefined && isSecretKey(text),
      role: masks === undefined ? "other" : fieldRole(text),
      reserved: RESERVED_FIELDS.has(text),
      altered: text !== key,
    };
    if (cleared === key) {
      // Keys may be data, such as file names: the book must not grow with them.
      if (this.#known.size >= MAX_KEYS) this.#known.clear();
      this.#known.set(key, made);
    }
    return made;
  }
}

/** Names the fields of one object whose keys would take the place of others. */
export class FreeNames {
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  /** Begins with the keys of an object. */
  constructor(names: Iterable<string>) {
    this.#taken = new Set(names);
  }

  /** Names a field whose key was cut or masked, or is reserved. */
  field(known: KnownKey, top: boolean): string {
    if (!top || !known.reserved) return jsonText(this.#take(known.text));
    let name = `detail_${known.text}`;
    while (this.#taken.has(name)) name = `detail_${name}`;
    this.#taken.add(name);
    return jsonText(name);
  }

  /** Names a symbol, which may read like a text. */
  symbol(symbol: symbol): string {
    return this.#take(String(symbol), "");
  }

  /** Takes a name, or the next free one: each count of it is tried once. */
  #take(name: string, second = "2"): string {
    if (!this.#taken.has(name)) {
      this.#taken.add(name);
      return name;
    }
    let count = this.#counts.get(name) ?? 2;
    let free: string;
    do {
      free = `${name}_${count === 2 ? second : count}`;
      count++;
    } while (this.#taken.has(free));
    this.#counts.set(name, count);
    this.#taken.add(free);
    return free;
  }
}
