/**
 * Secrets that are known by their value: those that plugins were given.
 *
 * @module
 */

import { maskSpans, mergeSpans, type Span } from "./redaction.ts";
import { secretNeedles } from "./secret_forms.ts";
import { type Needle, SHORTEST_NEEDLE, TextSearch } from "./text_search.ts";
import { viewsOf } from "./text_views.ts";

const NONE: readonly Span[] = [];

/** Ten minutes: a secret is known for so long after its last hold was disposed. */
export const FORGET_AFTER = 600_000;

interface Known {
  readonly needles: readonly Needle[];
  readonly holders: Set<SecretHold>;
  /** When the last holder let it go. */
  since: number;
}

/** The secrets that one configuration of one plugin holds. */
export interface SecretHold extends Disposable {
  /** Makes a secret known; one of less than four characters is passed over. */
  add(value: string): void;
  /** Leaves this one empty, as `DisposableStack.move` does, and returns one that holds the same. */
  move(): SecretHold;
}

/**
 * Knows the secrets that a host gave to plugins, so that a plugin which puts
 * one into an error message does not put it into a log.
 */
export class SecretValues {
  readonly #known = new Map<string, Known>();
  readonly #elapsed: () => number;
  #search = new TextSearch();
  #former = 0;

  /**
   * Makes an empty one.
   *
   * @param elapsed The time, which never goes backwards.
   */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /**
   * Makes room for the secrets of one configuration.
   *
   * @returns What adds them. Disposed, its secrets are forgotten
   * {@linkcode FORGET_AFTER} milliseconds later, unless somebody else holds them.
   */
  hold(): SecretHold {
    const hold: SecretHold = {
      add: (value) => this.#add(value, hold),
      move: () => this.#move(hold),
      [Symbol.dispose]: () => this.#release(hold),
    };
    return hold;
  }

  /**
   * Finds the secrets of a text, whichever way they are written.
   *
   * @param text The text.
   * @returns The parts to mask, in order and apart from each other.
   */
  find(text: string): readonly Span[] {
    this.#forget();
    if (this.#known.size === 0 || text.length < SHORTEST_NEEDLE) return NONE;
    const spans = [...this.#search.find(text)];
    for (const view of viewsOf(text)) {
      for (const span of this.#search.find(view.text)) {
        spans.push(view.origin(span));
      }
    }
    return spans.length === 0 ? NONE : mergeSpans(spans);
  }

  /**
   * Replaces every secret that is known by `[REDACTED]`.
   *
   * @param text Any text.
   * @returns The text without them; the very same text if there are none.
   */
  mask(text: string): string {
    return maskSpans(text, this.find(text));
  }

  #add(value: string, holder: SecretHold): void {
    if (value.length < SHORTEST_NEEDLE) return;
    const known = this.#known.get(value);
    if (known === undefined) {
      const needles = secretNeedles(value);
      for (const needle of needles) this.#search.add(needle);
      this.#known.set(value, {
        needles,
        holders: new Set([holder]),
        since: 0,
      });
      return;
    }
    if (known.holders.size === 0) this.#former--;
    known.holders.add(holder);
  }

  #move(holder: SecretHold): SecretHold {
    const next = this.hold();
    for (const { holders } of this.#known.values()) {
      if (holders.delete(holder)) holders.add(next);
    }
    return next;
  }

  #release(holder: SecretHold): void {
    for (const known of this.#known.values()) {
      if (!known.holders.delete(holder) || known.holders.size > 0) continue;
      known.since = this.#elapsed();
      this.#former++;
    }
  }

  #forget(): void {
    if (this.#former === 0) return;
    const before = this.#elapsed() - FORGET_AFTER;
    const old = [...this.#known].filter(([, { holders, since }]) =>
      holders.size === 0 && since <= before
    );
    if (old.length === 0) return;
    for (const [value] of old) this.#known.delete(value);
    this.#former -= old.length;
    this.#search = new TextSearch();
    for (const { needles } of this.#known.values()) {
      for (const needle of needles) this.#search.add(needle);
    }
  }
}
