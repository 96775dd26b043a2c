/** The keys of details: cut, masked, unique, each examined once. */

import { escapeControls, UNSAFE_CHARACTERS } from "../base/text.ts";
import { type FieldRole, fieldRole } from "../secrets/secret_items.ts";
import { isSecretKey } from "../secrets/secret_names.ts";
import { RESERVED_FIELDS } from "./audit_event.ts";
import { MaskedTexts, type TextMasks } from "./text_masks.ts";

/** Cuts a text, but no surrogate pair in two. */
export function sliceWhole(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, (last & 0xfc00) === 0xd800 ? length - 1 : length);
}

// JSON escapes the first two; the others must not reach a terminal.
const NOT_PLAIN_REGEXP = new RegExp(`["\\\\${UNSAFE_CHARACTERS}]`, "u");

/**
 * Returns a JSON string on one line. Characters that could drive a terminal or
 * reorder text are `\uXXXX` escapes.
 */
export function jsonText(text: string): string {
  if (!NOT_PLAIN_REGEXP.test(text)) return `"${text}"`;
  return escapeControls(JSON.stringify(text));
}

const MAX_KEY_LENGTH = 256;
const MAX_PLUGINS = 10_000;

/** A key that was examined. */
export interface KnownKey {
  /** The key, cut and masked. */
  readonly text: string;
  /** The same as JSON. */
  readonly json: string;
  /** Its value is a secret. */
  readonly secret: boolean;
  readonly role: FieldRole;
  readonly reserved: boolean;
  /** It differs from what the caller wrote, and may collide with another key. */
  readonly altered: boolean;
}

/** Examines keys, and remembers them. */
export class KeyBook {
  readonly #keys: MaskedTexts<KnownKey>;
  readonly #plugins = new Set<string>();

  /** Without masks, no value is a secret. */
  constructor(masks: TextMasks | undefined) {
    const redacts = masks !== undefined;
    this.#keys = new MaskedTexts(masks, MAX_KEY_LENGTH, (text, given) => ({
      text,
      json: jsonText(text),
      secret: redacts && isSecretKey(text),
      role: redacts ? fieldRole(text) : "other",
      reserved: RESERVED_FIELDS.has(text),
      altered: text !== given,
    }));
  }

  get(key: string): KnownKey {
    return this.#keys.get(key);
  }

  /** Remembers the id of a plugin, which may be a key of details. */
  addPlugin(id: string): void {
    // "credentials" is a key of data, "token-counter" a plugin's.
    if (!id.includes("-")) return;
    if (this.#plugins.size < MAX_PLUGINS) this.#plugins.add(id);
  }

  /** Returns `true` for the id of a plugin, followed by facts about it. */
  isPlugin(key: string, value: unknown): boolean {
    return value !== null && typeof value === "object" &&
      !Array.isArray(value) && this.#plugins.has(key);
  }
}

/** Finds free names for fields of one object that would replace others. */
export class FreeNames {
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  constructor(names: Iterable<string>) {
    this.#taken = new Set(names);
  }

  /** Renames a field whose key was cut, masked or reserved; returns JSON. */
  rename(text: string, isReserved: boolean): string {
    if (!isReserved) return jsonText(this.take(text));
    let name = `detail_${text}`;
    while (this.#taken.has(name)) name = `detail_${name}`;
    this.#taken.add(name);
    return jsonText(name);
  }

  /** Takes a name, or the next free one: each count of it is tried once. */
  take(name: string, second = "2"): string {
    let count = this.#counts.get(name) ?? 2;
    let free = name;
    while (this.#taken.has(free)) {
      free = `${name}_${count === 2 ? second : count}`;
      count++;
    }
    this.#counts.set(name, count);
    this.#taken.add(free);
    return free;
  }
}
