/**
 * What is known of the keys of details: a plugin writes the same few again and
 * again, so each is examined once.
 *
 * @module
 */

import { isSecretKey } from "../secrets/is_secret_key.ts";
import { cut } from "../text.ts";
import { RESERVED_FIELDS } from "./audit_event.ts";
import { jsonText } from "./json_text.ts";

const MAX_KEY_LENGTH = 256;
const MAX_KEYS = 2_000;

/** How a key is written, and whether its value may be. */
export interface KnownKey {
  /** The key as it is written. */
  readonly text: string;
  /** The same as JSON. */
  readonly json: string;
  /** Whether its value is a secret. */
  readonly secret: boolean;
  /** Whether it is a field that no detail may set. */
  readonly reserved: boolean;
  /** Whether it is not what the caller wrote, and may so meet another key. */
  readonly altered: boolean;
}

/** Looks keys up, and remembers them. */
export class KeyBook {
  readonly #known = new Map<string, KnownKey>();
  readonly #mask: ((text: string) => string) | undefined;

  /**
   * Makes an empty book.
   *
   * @param mask What masks credentials in a text; without it nothing is redacted.
   */
  constructor(mask: ((text: string) => string) | undefined) {
    this.#mask = mask;
  }

  /**
   * Looks a key up.
   *
   * @param key The key as the caller wrote it.
   * @returns How to write it.
   */
  get(key: string): KnownKey {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const mask = this.#mask;
    const shown = cut(key, MAX_KEY_LENGTH);
    const text = mask === undefined ? shown : mask(shown);
    const made: KnownKey = {
      text,
      json: jsonText(text),
      secret: mask !== undefined && isSecretKey(text),
      reserved: RESERVED_FIELDS.has(text),
      altered: text !== key,
    };
    if (key.length <= MAX_KEY_LENGTH) {
      // Keys may be data, such as file names: the book must not grow with them.
      if (this.#known.size >= MAX_KEYS) this.#known.clear();
      this.#known.set(key, made);
    }
    return made;
  }
}
