/** Removes secrets from texts: known ones first, then what looks like one. */

import { cut } from "../base/text.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import {
  alignSpans,
  maskSpans,
  mergeSpans,
  type Span,
} from "../secrets/redaction.ts";

/** Removes secrets from a text. */
export type TextMask = (text: string) => string;

/** Masks known secrets, and then what looks like a secret. */
export class TextMasks {
  readonly #added = new Set<readonly [TextMask]>();

  /** Adds a mask, until the result is disposed. */
  add(mask: TextMask): Disposable {
    const entry = [mask] as const;
    this.#added.add(entry);
    return { [Symbol.dispose]: () => void this.#added.delete(entry) };
  }

  /** Masks the secrets that the added masks know. */
  known(text: string): string {
    let first: string | undefined;
    for (const [mask] of this.#added) {
      const masked = mask(text);
      if (masked === text) continue;
      if (first !== undefined && first !== masked) return this.#all(text);
      first = masked;
    }
    return first ?? text;
  }

  /** Applies several masks: the secret of one may be a part of another's. */
  #all(text: string): string {
    const spans: Span[] = [];
    for (const [mask] of this.#added) {
      spans.push(...alignSpans(text, mask(text)) ?? []);
    }
    let masked = maskSpans(text, mergeSpans(spans));
    for (const [mask] of this.#added) masked = mask(masked);
    return masked;
  }

  /** Masks known secrets first: half a secret would no longer be recognized. */
  mask(text: string): string {
    return maskCredentials(this.known(text));
  }
}

const MAX_ENTRIES = 2_000;

/** Remembers what was made of recurring texts, such as the keys of details. */
export class MaskedTexts<Entry> {
  readonly #entries = new Map<string, Entry>();
  readonly #masks: TextMasks | undefined;
  readonly #maxLength: number;
  readonly #make: (masked: string, given: string) => Entry;

  constructor(
    masks: TextMasks | undefined,
    maxLength: number,
    make: (masked: string, given: string) => Entry,
  ) {
    this.#masks = masks;
    this.#maxLength = maxLength;
    this.#make = make;
  }

  get(given: string): Entry {
    const masks = this.#masks;
    const short = cut(given, this.#maxLength);
    const cleared = masks?.known(short) ?? short;
    // A text with a known secret is never remembered: it may be added later.
    const isPlain = cleared === given;
    const found = isPlain ? this.#entries.get(given) : undefined;
    if (found !== undefined) return found;
    const masked = masks === undefined ? cleared : maskCredentials(cleared);
    const made = this.#make(masked, given);
    if (isPlain) {
      // Texts may be data, such as file names: the memory must not grow with them.
      if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
      this.#entries.set(given, made);
    }
    return made;
  }
}
