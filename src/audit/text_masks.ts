/** The ways in which a logger takes secrets out of a text. */

import { maskCredentials } from "../secrets/credentials.ts";
import {
  alignSpans,
  maskSpans,
  mergeSpans,
  type Span,
} from "../secrets/redaction.ts";

/** Takes secrets out of a text. */
export type TextMask = (text: string) => string;

/** Masks the secrets that are known, and then what looks like a secret. */
export class TextMasks {
  readonly #added = new Set<readonly [TextMask]>();

  /** Adds a mask, until what it returns is disposed. */
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

  /** Masks by each of several: the secret of one may be a part of another's. */
  #all(text: string): string {
    const spans: Span[] = [];
    for (const [mask] of this.#added) {
      spans.push(...alignSpans(text, mask(text)) ?? []);
    }
    let masked = maskSpans(text, mergeSpans(spans));
    for (const [mask] of this.#added) masked = mask(masked);
    return masked;
  }

  /** Masks what looks like a secret. */
  likely(text: string): string {
    return maskCredentials(text);
  }

  /** Masks known secrets first, whole: what is masked in part hides the rest of them. */
  mask(text: string): string {
    return this.likely(this.known(text));
  }
}
